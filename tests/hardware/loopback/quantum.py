"""Jobs of the stand-in run on fake devices."""

from __future__ import annotations

import json

from hardware.loopback.state import Job, now


def run_program(fake, job: Job) -> str:
    """Run one job and return the text of GET /jobs/{id}/results."""
    from qiskit_ibm_runtime import RuntimeDecoder, RuntimeEncoder

    program_id = job.payload["program_id"]
    if program_id == "executor":
        return run_executor(fake, job.payload["params"])
    params = json.loads(json.dumps(job.payload["params"]), cls=RuntimeDecoder)
    options = params.get("options", {})
    from qiskit.primitives import BackendEstimatorV2, BackendSamplerV2, PrimitiveResult
    from qiskit.primitives.containers.estimator_pub import EstimatorPub
    from qiskit.primitives.containers.sampler_pub import SamplerPub

    if program_id == "sampler":
        shots = options.get("default_shots") or 4096
        pubs = [SamplerPub.coerce(tuple(pub), shots) for pub in params["pubs"]]
        result = BackendSamplerV2(backend=fake).run(pubs).result()
    else:
        shots = options.get("default_shots")
        precision = shots**-0.5 if shots else options.get("default_precision", 0.015625)
        pubs = [EstimatorPub.coerce(tuple(pub), precision) for pub in params["pubs"]]
        result = BackendEstimatorV2(backend=fake).run(pubs).result()
    return json.dumps(PrimitiveResult(list(result), metadata={"version": 2}), cls=RuntimeEncoder)


def run_executor(fake, params: dict) -> str:
    """Program "executor", schema v2.0: what the new Sampler and Estimator send."""
    from ibm_quantum_schemas.common import CompressedTensorModel
    from ibm_quantum_schemas.executor.version_2_0 import QuantumProgramResultModel
    from qiskit_ibm_runtime.fake_provider.executor.run_quantum_program import run_quantum_program
    from qiskit_ibm_runtime.options_models import ExecutorOptions
    from qiskit_ibm_runtime.quantum_program.params_converters import (
        QUANTUM_PROGRAM_PARAMS_CONVERTERS,
    )
    from qiskit_ibm_runtime.utils.utils import is_isa_circuit
    from samplomatic.quantum_program import SamplexItem

    converter = QUANTUM_PROGRAM_PARAMS_CONVERTERS[params["schema_version"]]
    program, _ = converter.decoder(converter.model(**params))
    for item in program.items:
        if isinstance(item, SamplexItem):
            item.samplex.finalize()  # the converter leaves a decoded samplex unfinalised
        if message := is_isa_circuit(
            item.circuit, fake.target
        ):  # the client does not check this any more
            error = ValueError(message)
            error.code = 1517
            raise error
    start = now()
    result = run_quantum_program(fake, program, ExecutorOptions().simulator)
    span = {"start": start, "stop": now(), "parts": []}
    model = QuantumProgramResultModel(
        data=[
            {
                "results": {k: CompressedTensorModel.from_numpy(v) for k, v in item.items()},
                "metadata": {},
            }
            for item in result
        ],
        metadata={"chunk_timing": [span]},
        passthrough_data=params["quantum_program"].get("passthrough_data"),  # back as it came
        semantic_role=params["quantum_program"].get("semantic_role"),
    )
    return model.model_dump_json()
