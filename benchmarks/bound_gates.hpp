// Gates on a state, and on state and co-state in one sweep (BACK), which gives the gate's slope.
//
// A state is an array of vectors of eight doubles, real and imaginary parts apart; qubits 0 to 2
// are places within a vector, "low" below.
#pragma once

#include <cmath>
#include <cstdint>

#define INLINE inline __attribute__((always_inline))

typedef double V __attribute__((vector_size(64)));
typedef int64_t Ints __attribute__((vector_size(64)));
typedef uint32_t U;

// What a gate becomes once its place is known; L: within a vector, H: between vectors.
enum Kind : U {
    RX_L, RX_H = 3, RY_L, RY_H = 7, RZ_L, RZ_H = 11, X_L, X_H = 15, CX_LL, CX_LH = 25, CX_HL = 28,
    CX_HH = 31, RZ_ALL
};

// Bits are those of a vector's index. `loop`: bits to visit; `outside`: needed bits of the piece.
struct Step { U kind, target, control, loop, outside; int p; };
struct State { V *r, *i, *p, *q; };
// Tangent or (`swap`) cotangent of half the angle; for RZ cosine and sine of the angle.
struct Turn { double t, s; bool swap; };

INLINE V splat(double x) { return V{x, x, x, x, x, x, x, x}; }
INLINE double total(V a) { return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7])); }

template <int M> INLINE V flip(V a) {
    if constexpr (M == 0) return a;
    else return __builtin_shufflevector(a, a, M, 1 ^ M, 2 ^ M, 3 ^ M, 4 ^ M, 5 ^ M, 6 ^ M, 7 ^ M);
}
template <int C, int T> INLINE V cnot(V a) {
    constexpr auto at = [](int k) { return k ^ ((k >> C & 1) << T); };
    return __builtin_shufflevector(a, a, at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7));
}
template <int C> INLINE V pick(V a, V b) {  // b where bit C of the place is set
    constexpr auto at = [](int k) { return k + 8 * (k >> C & 1); };
    return __builtin_shufflevector(a, b, at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7));
}
template <int Q> INLINE V upper(V a) { return pick<Q>(V{}, a); }

// Visit all k within mask m, in ascending order.
template <class F> INLINE void each(U m, F f) {
    U k = 0;
    do {
        f(k);
        k = (k - m) & m;
    } while (k);
}

// One amplitude (r, i) and its partner (a, b) under RX or RY without their common factor.
template <bool S> INLINE V x_re(V r, V b, V t) { return S ? t * r + b : r + t * b; }
template <bool S> INLINE V x_im(V i, V a, V t) { return S ? t * i - a : i - t * a; }

template <bool BACK, bool S, int Q> INLINE double rx_low(State s, U m, double t0) {
    V t = splat(t0), sum = {};
    each(m, [&](U k) {
        V r = s.r[k], i = s.i[k], a = flip<1 << Q>(r), b = flip<1 << Q>(i);
        if constexpr (BACK) {
            V p = s.p[k], q = s.q[k], c = flip<1 << Q>(p), d = flip<1 << Q>(q);
            sum += p * b - q * a;
            s.p[k] = x_re<S>(p, d, t), s.q[k] = x_im<S>(q, c, t);
        }
        s.r[k] = x_re<S>(r, b, t), s.i[k] = x_im<S>(i, a, t);
    });
    return BACK ? total(sum) : 0;
}
template <bool BACK, bool S> INLINE double rx_high(State s, U m, U h, double t0) {
    V t = splat(t0), sum = {};
    each(m, [&](U k) {
        U l = k | h;
        V r = s.r[k], i = s.i[k], a = s.r[l], b = s.i[l];
        if constexpr (BACK) {
            V p = s.p[k], q = s.q[k], c = s.p[l], d = s.q[l];
            sum += (p * b - q * a) + (c * i - d * r);
            s.p[k] = x_re<S>(p, d, t), s.q[k] = x_im<S>(q, c, t);
            s.p[l] = x_re<S>(c, q, t), s.q[l] = x_im<S>(d, p, t);
        }
        s.r[k] = x_re<S>(r, b, t), s.i[k] = x_im<S>(i, a, t);
        s.r[l] = x_re<S>(a, i, t), s.i[l] = x_im<S>(b, r, t);
    });
    return BACK ? total(sum) : 0;
}
template <bool BACK, bool S, int Q> INLINE double ry_low(State s, U m, double t0) {
    V one = pick<Q>(splat(-1), splat(1)), t = S ? splat(t0) : t0 * one, sum = {};
    auto turn = [&](V r, V a) { return S ? t * r + one * a : r + t * a; };
    each(m, [&](U k) {
        V r = s.r[k], i = s.i[k], a = flip<1 << Q>(r), b = flip<1 << Q>(i);
        if constexpr (BACK) {
            V p = s.p[k], q = s.q[k];
            sum += p * a + q * b;
            s.p[k] = turn(p, flip<1 << Q>(p)), s.q[k] = turn(q, flip<1 << Q>(q));
        }
        s.r[k] = turn(r, a), s.i[k] = turn(i, b);
    });
    return BACK ? total(one * sum) : 0;
}
template <bool BACK, bool S> INLINE double ry_high(State s, U m, U h, double t0) {
    V t = splat(t0), sum = {};
    auto turn = [&](V *v, U k, U l, V a, V b) {
        v[k] = S ? t * a - b : a - t * b;
        v[l] = S ? t * b + a : b + t * a;
    };
    each(m, [&](U k) {
        U l = k | h;
        V r = s.r[k], i = s.i[k], a = s.r[l], b = s.i[l];
        if constexpr (BACK) {
            V p = s.p[k], q = s.q[k], c = s.p[l], d = s.q[l];
            sum += (c * r - p * a) + (d * i - q * b);
            turn(s.p, k, l, p, c), turn(s.q, k, l, q, d);
        }
        turn(s.r, k, l, r, a), turn(s.i, k, l, i, b);
    });
    return BACK ? total(sum) : 0;
}
// Q < 0: all lanes of the vectors at k | h.
template <bool BACK, int Q> INLINE double rz(State s, U m, U h, double c0, double s0) {
    V c = splat(c0), z = splat(s0), sum = {};
    if constexpr (Q >= 0) c = pick<Q < 0 ? 0 : Q>(splat(1), c), z = upper<Q < 0 ? 0 : Q>(z);
    each(m, [&](U k) {
        k |= h;
        V r = s.r[k], i = s.i[k];
        if constexpr (BACK) {
            V p = s.p[k], q = s.q[k];
            sum += p * i - q * r;
            s.p[k] = c * p - z * q, s.q[k] = c * q + z * p;
        }
        s.r[k] = c * r - z * i, s.i[k] = c * i + z * r;
    });
    if constexpr (Q >= 0) sum = upper<Q < 0 ? 0 : Q>(sum);
    return BACK ? -2 * total(sum) : 0;
}
template <bool BACK, class F> INLINE double move(State s, U m, F f) {
    each(m, [&](U k) {
        f(s.r, k), f(s.i, k);
        if constexpr (BACK) f(s.p, k), f(s.q, k);
    });
    return 0;
}
INLINE void exchange(V *v, U k, U l) {
    V a = v[k];
    v[k] = v[l], v[l] = a;
}

template <bool BACK> INLINE double apply(const Step &g, State s, const Turn *turns) {
    const U m = g.loop, h = g.target, c = g.control;
    Turn a = {0, 0, false};
    if (g.p >= 0) a = turns[g.p];
    if (BACK) (g.kind >= RZ_L ? a.s : a.t) *= -1;  // undo
    switch (g.kind) {
#define ROTATION(Q) \
    case RX_L + Q: \
        return a.swap ? rx_low<BACK, true, Q>(s, m, a.t) : rx_low<BACK, false, Q>(s, m, a.t); \
    case RY_L + Q: \
        return a.swap ? ry_low<BACK, true, Q>(s, m, a.t) : ry_low<BACK, false, Q>(s, m, a.t); \
    case RZ_L + Q: return rz<BACK, Q>(s, m, 0, a.t, a.s); \
    case X_L + Q: \
        return move<BACK>(s, m, [](V *v, U k) { v[k] = flip<1 << Q>(v[k]); }); \
    case CX_HL + Q: \
        return move<BACK>(s, m, [c](V *v, U k) { v[k | c] = flip<1 << Q>(v[k | c]); }); \
    case CX_LH + Q: \
        return move<BACK>(s, m, [h](V *v, U k) { \
            V x = v[k], y = v[k | h]; \
            v[k] = pick<Q>(x, y), v[k | h] = pick<Q>(y, x); \
        });
        ROTATION(0) ROTATION(1) ROTATION(2)
#define WITHIN(C, T) \
    case CX_LL + 3 * C + T: \
        return move<BACK>(s, m, [](V *v, U k) { v[k] = cnot<C, T>(v[k]); });
        WITHIN(0, 1) WITHIN(0, 2) WITHIN(1, 0) WITHIN(1, 2) WITHIN(2, 0) WITHIN(2, 1)
    case RX_H:
        return a.swap ? rx_high<BACK, true>(s, m, h, a.t) : rx_high<BACK, false>(s, m, h, a.t);
    case RY_H:
        return a.swap ? ry_high<BACK, true>(s, m, h, a.t) : ry_high<BACK, false>(s, m, h, a.t);
    case RZ_H: return rz<BACK, -1>(s, m, h, a.t, a.s);
    case X_H: return move<BACK>(s, m, [h](V *v, U k) { exchange(v, k, k | h); });
    case RZ_ALL: return rz<BACK, -1>(s, m, 0, a.t, a.s);
    default: return move<BACK>(s, m, [=](V *v, U k) { exchange(v, k | c, k | c | h); });
    }
}

// Cosine and sine of eight angles by their Taylor series on +-pi/4, good to 1e-16.
INLINE void cosine_sine(V x, V &c, V &s) {
    static constexpr double odd[] = {
        1 / 355687428096000.0, -1 / 1307674368000.0, 1 / 6227020800.0, -1 / 39916800.0,
        1 / 362880.0, -1 / 5040.0, 1 / 120.0, -1 / 6.0, 1};
    static constexpr double even[] = {
        1 / 20922789888000.0, -1 / 87178291200.0, 1 / 479001600.0, -1 / 3628800.0,
        1 / 40320.0, -1 / 720.0, 1 / 24.0, -1 / 2.0, 1};
    const V magic = splat(6755399441055744.0);  // 1.5 * 2^52: adding it rounds to an integer
    V n = x * splat(2 / M_PI) + magic;
    const Ints quadrant = (Ints)n, turned = -(quadrant & 1);
    n -= magic;
    const V r = (x - n * splat(1.5707963267948966)) - n * splat(6.123233995736766e-17), y = r * r;
    V a = splat(odd[0]), b = splat(even[0]);
    for (int k = 1; k < 9; ++k) a = a * y + splat(odd[k]), b = b * y + splat(even[k]);
    const Ints u = (Ints)(a * r), v = (Ints)b;
    c = (V)(((v & ~turned) | (u & turned)) ^ (((quadrant + 1) & 2) << 62));
    s = (V)(((u & ~turned) | (v & turned)) ^ ((quadrant & 2) << 62));
}
