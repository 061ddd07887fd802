// Energy and adjoint gradient by hand: what the processor gives for the exact engine's arithmetic.
//
// Beyond the plain formulas (Jones and Gacon, arXiv 2009.02823):
//
// - A rotation is applied up to a factor: r + t i' instead of c r + s i', t = tangent or cotangent
//   of half the angle, whichever is at most 1. That halves the multiplications. The factors are
//   kept aside and squared, because every result is quadratic.
// - A low qubit's partner is fetched by one shuffle of the vector itself.
// - RZ is a phase on the upper half, as a global phase never shows; and since <b|psi> is real, its
//   slope Im <b|Z|psi> is -2 Im of the upper half, so that the lower half is never read.
// - A qubit that no gate has turned yet is 0: only the amplitudes over the others are visited.
// - Large states are worked on in pieces that fit a cache, many gates each; a control or a Z
//   outside of a piece is constant in it.
// - H psi is summed in registers, over diagonals stored in the order in which they are read; blocks
//   of zeros and constant diagonals are not read at all.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "bound_gates.hpp"

enum Option { PREFIX = 1, SPARSE = 2 };      // visit turned qubits only; skip zeros and constants
enum Opcode { RX = 0, RY, RZ, CX = 4, X = 8 };  // of the package

struct Run {
    std::vector<Step> steps;
    std::vector<U> place;  // where the piece's vectors lie in the state
    U outer;               // bits over which pieces are visited
};
struct Gate { int op, a, b, p; };

static U spread(U k, U mask) {  // bits of k to the places of mask
    U result = 0;
    for (; mask; mask &= mask - 1, k >>= 1) result |= k & 1 ? mask & -mask : 0;
    return result;
}
static U gather(U k, U mask) {  // and back
    U result = 0, bit = 1;
    for (; mask; mask &= mask - 1, bit <<= 1) result |= k & mask & -mask ? bit : 0;
    return result;
}
static V *vectors(size_t count) {
    return static_cast<V *>(std::aligned_alloc(4096, (count * sizeof(V) + 4095) / 4096 * 4096));
}

struct Bound {
    int n, options, piece;  // piece: qubits of a piece of the state, at least all for no pieces
    size_t size;            // vectors of a state
    State state{}, buffer{};
    V *store;
    V *diagonals = nullptr;
    std::vector<double> constants;
    std::vector<U> flips, constant_flips, counts;  // counts: constants of 8 classes, then blocks
    std::vector<Run> runs;
    std::vector<int> order;  // parameters as the circuit meets them
    std::vector<V> factors;  // of the angles: 1 for RZ, else 1/2
    std::vector<Turn> turns;
    std::vector<double> scales;

    int block() const { return size < 4 ? static_cast<int>(size) : 4; }
    void tables(int masks, const int64_t *x, const double *d);
    void circuit(int count, const int32_t *ops, int angles);
    void append(std::vector<Gate> &gates, U &touched);
    void angles(const double *theta);
    template <int G> double observable();
    template <bool BACK> void piecewise(const Run &run, double *slopes);
    double evaluate(const double *theta, double *grad);
};

// Masks of one class share their low bits; a block is G vectors of one diagonal, shuffled by them.
void Bound::tables(int masks, const int64_t *x, const double *d) {
    const size_t amplitudes = 8 * size;
    const int G = block();
    std::vector<V> blocks;
    std::vector<int> varying[8];
    counts.assign(8, 0);
    for (int c = 0; c < 8; ++c)
        for (int g = 0; g < masks; ++g) {
            if ((x[g] & 7) != c) continue;
            const double *row = d + g * amplitudes;
            bool constant = options & SPARSE;
            for (size_t k = 1; constant && k < amplitudes; ++k) constant = row[k] == row[0];
            if (!constant) varying[c].push_back(g);
            else if (row[0] != 0) {
                constants.push_back(row[0]);
                constant_flips.push_back(x[g] >> 3);
                ++counts[c];
            }
        }
    for (size_t i = 0; i < size; i += G)
        for (int c = 0; c < 8; ++c) {
            counts.push_back(0);
            for (int g : varying[c]) {
                V v[4] = {};
                bool used = !(options & SPARSE);
                for (int k = 0; k < 8 * G; ++k) {
                    v[k / 8][(k & 7) ^ c] = d[g * amplitudes + 8 * i + k];
                    used |= d[g * amplitudes + 8 * i + k] != 0;
                }
                if (!used) continue;
                blocks.insert(blocks.end(), v, v + G);
                flips.push_back(x[g] >> 3);
                ++counts.back();
            }
        }
    diagonals = vectors(blocks.size() + 1);
    std::memcpy(diagonals, blocks.data(), blocks.size() * sizeof(V));
}

// b = H psi; returns <psi|b>.
template <int G> double Bound::observable() {
    const V *d = diagonals;
    const U *flip_at = flips.data(), *count = counts.data() + 8;
    V sum = {};
    for (U i = 0; i < size; i += G) {
        V a[G] = {}, b[G] = {};
        const double *constant = constants.data();
        const U *even = constant_flips.data();
        auto add_class = [&]<int C>() __attribute__((always_inline)) {
            const U all = counts[C], some = *count++;
            if (!(all | some)) return;
            V u[G] = {}, v[G] = {};
            for (U e = 0; e < all; ++e) {
                const U f = *even++;
                const V w = splat(*constant++);
                for (int j = 0; j < G; ++j)
                    u[j] += w * state.r[(i + j) ^ f], v[j] += w * state.i[(i + j) ^ f];
            }
            for (U e = 0; e < some; ++e, d += G) {
                const U f = *flip_at++;
                for (int j = 0; j < G; ++j)
                    u[j] += d[j] * state.r[(i + j) ^ f], v[j] += d[j] * state.i[(i + j) ^ f];
            }
            for (int j = 0; j < G; ++j) a[j] += flip<C>(u[j]), b[j] += flip<C>(v[j]);
        };
        add_class.template operator()<0>(), add_class.template operator()<1>();
        add_class.template operator()<2>(), add_class.template operator()<3>();
        add_class.template operator()<4>(), add_class.template operator()<5>();
        add_class.template operator()<6>(), add_class.template operator()<7>();
        for (int j = 0; j < G; ++j) {
            state.p[i + j] = a[j], state.q[i + j] = b[j];
            sum += state.r[i + j] * a[j] + state.i[i + j] * b[j];
        }
    }
    return total(sum);
}

// Turn a list of gates into runs: each takes the gates, out of order where they commute, that need
// amplitudes within a piece over some bits only.
void Bound::circuit(int count, const int32_t *ops, int n_angles) {
    runs.clear(), order.clear();
    turns.assign((n_angles + 7) / 8 * 8, Turn{});
    scales.assign(turns.size(), 0);
    factors.assign(turns.size() / 8, splat(0.5));
    std::vector<Gate> gates, taken, rest;
    U turned = options & PREFIX ? 0 : ~0u;
    for (int g = 0; g < count; ++g) {
        const int32_t *o = ops + 4 * g;
        if (o[0] == RZ) factors[o[3] / 8][o[3] % 8] = 1;
        const U a = 1u << o[1], b = o[0] == CX ? 1u << o[2] : 0;
        if ((o[0] == RZ || o[0] == CX) && !(turned & a)) continue;  // acts on 0: nothing happens
        turned |= a | b;
        gates.push_back({o[0], o[1], o[2], o[3]});
    }
    U touched = options & PREFIX ? 0 : static_cast<U>(8 * size - 1);
    while (!gates.empty()) {
        taken.clear(), rest.clear();
        U local = piece >= n ? static_cast<U>(8 * size - 1) : 63u, blocked = 0;
        for (const Gate &g : gates) {
            const U all = 1u << g.a | (g.op == CX ? 1u << g.b : 0);
            const U need = g.op == RZ ? 0 : g.op == CX ? 1u << g.b : 1u << g.a;
            const bool fits = piece >= n || __builtin_popcount(local | need) <= piece;
            const bool take = fits && !(blocked & all);
            if (take) local |= need, taken.push_back(g);
            else blocked |= all, rest.push_back(g);
        }
        Run run;
        const U bits = local >> 3;
        for (const Gate &g : taken) {
            const int t = g.op == CX ? g.b : g.a;
            const bool low = t < 3, pair = g.op == CX;
            if (g.op != RZ) touched |= 1u << t;
            Step s{0, 0, 0, gather(touched >> 3, bits), 0, g.p};
            const U here = low ? 0 : 1u << (t - 3);
            s.target = gather(here, bits);
            if (g.op == RX || g.op == RY || g.op == RZ) s.kind = (low ? t : 3) + 4 * g.op;
            if (g.op == X) s.kind = X_L + (low ? t : 3);
            if (g.op == RZ && !low && !(here & bits)) s.kind = RZ_ALL, s.outside = here;
            if (pair) {
                const U there = g.a < 3 ? 0 : 1u << (g.a - 3);
                s.control = gather(there, bits);
                if (g.a < 3) s.kind = low ? CX_LL + 3 * g.a + t : CX_LH + g.a;
                else if (there & bits) s.kind = low ? CX_HL + t : +CX_HH;
                else s.kind = X_L + (low ? t : 3), s.outside = there;
            }
            s.loop &= ~(s.target | s.control);
            if (g.p >= 0) order.push_back(g.p);
            run.steps.push_back(s);
        }
        run.outer = (touched >> 3) & ~bits;
        for (U k = 0; k < 1u << __builtin_popcount(bits); ++k) run.place.push_back(spread(k, bits));
        runs.push_back(std::move(run));
        gates.swap(rest);
    }
}

void Bound::angles(const double *theta) {
    for (size_t k = 0; k < turns.size(); k += 8) {
        V x, c, s;
        std::memcpy(&x, theta + k, sizeof x);
        cosine_sine(x * factors[k / 8], c, s);
        const Ints swap = s * s > c * c, whole = factors[k / 8] == splat(1);
        const V t = swap ? c / s : s / c, scale = swap ? s * s : c * c;
        const V first = whole ? c : t, square = whole ? splat(1) : scale;
        std::memcpy(&scales[k], &square, sizeof square);
        for (int j = 0; j < 8; ++j) turns[k + j] = {first[j], s[j], swap[j] != 0};
    }
}

template <bool BACK> void Bound::piecewise(const Run &run, double *slopes) {
    const int count = static_cast<int>(run.steps.size());
    const size_t held = run.place.size();
    const bool copied = held < size;
    each(run.outer, [&](U o) {
        State s = state;
        if (copied) {
            s = buffer;
            for (size_t k = 0; k < held; k += 8)  // the lowest three bits are always within
                for (U j = 0; j < 8; ++j) {
                    const U l = o + run.place[k] + j;
                    s.r[k + j] = state.r[l], s.i[k + j] = state.i[l];
                    if (BACK) s.p[k + j] = state.p[l], s.q[k + j] = state.q[l];
                }
        }
        for (int g = 0; g < count; ++g) {
            const Step &step = run.steps[BACK ? count - 1 - g : g];
            if (step.outside & ~o) continue;
            const double slope = apply<BACK>(step, s, turns.data());
            if (BACK && step.p >= 0) slopes[step.p] += slope;
        }
        if (copied)
            for (size_t k = 0; k < held; k += 8)
                for (U j = 0; j < 8; ++j) {
                    const U l = o + run.place[k] + j;
                    state.r[l] = s.r[k + j], state.i[l] = s.i[k + j];
                    if (BACK) state.p[l] = s.p[k + j], state.q[l] = s.q[k + j];
                }
    });
}

double Bound::evaluate(const double *theta, double *grad) {
    angles(theta);
    std::memset(grad, 0, sizeof(double) * turns.size());
    std::memset(state.r, 0, size * sizeof(V)), std::memset(state.i, 0, size * sizeof(V));
    state.r[0][0] = 1;
    for (const Run &run : runs) piecewise<false>(run, nullptr);
    double scale = 1;
    for (int p : order) scale *= scales[p];
    const double value = scale * (size == 2 ? observable<2>() : observable<4>());
    for (size_t k = runs.size(); k-- > 0;) piecewise<true>(runs[k], grad);
    for (size_t k = order.size(); k-- > 0;) {
        grad[order[k]] *= scale;
        scale *= scales[order[k]];
    }
    return value;
}

extern "C" {
Bound *bound_new(int n, int masks, const int64_t *x, const double *d, int options, int piece) {
    Bound *b = new Bound;
    b->n = n, b->options = options, b->piece = piece, b->size = size_t(1) << (n - 3);
    const size_t small = size_t(1) << (piece < n ? piece - 3 : 0);
    V *v = b->store = vectors(4 * (b->size + small));
    for (V **a : {&b->state.r, &b->state.i, &b->state.p, &b->state.q}) *a = v, v += b->size;
    for (V **a : {&b->buffer.r, &b->buffer.i, &b->buffer.p, &b->buffer.q}) *a = v, v += small;
    b->tables(masks, x, d);
    return b;
}
void bound_circuit(Bound *b, int gates, const int32_t *ops, int angles) {
    b->circuit(gates, ops, angles);
}
// theta and grad: a multiple of eight long. Evaluates `count` times; returns the value.
double bound_evaluate(Bound *b, const double *theta, double *grad, long count) {
    double value = 0;
    for (long k = 0; k < count; ++k) value = b->evaluate(theta, grad);
    return value;
}
void bound_free(Bound *b) {
    std::free(b->store), std::free(b->diagonals);
    delete b;
}
}
