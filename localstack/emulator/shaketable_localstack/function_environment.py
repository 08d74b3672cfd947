"""What a function's process is started with: its command and its environment. The environment is made from nothing, as on
AWS, so that a function sees nothing of the emulator's own; the one thing added is AWS_SDK_UA_APP_ID, which SDKs send along
with each call and so tell the fault hop whose call it is.
"""

import os
import shutil
import sys
from pathlib import Path

from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, VersionFunctionConfiguration

_HERE = Path(__file__).parent
# LocalStack's own additions, by which a function could pass the fault hop by.
_NOT_OF_AWS = {"LOCALSTACK_", "EDGE_PORT", "AWS_ENDPOINT_URL", "AWS_LAMBDA_FUNCTION_TIMEOUT"}


def command_of(config: VersionFunctionConfiguration) -> list[str]:
    runtime = config.runtime or ""
    if runtime.startswith("nodejs"):
        node = os.environ.get("SHAKETABLE_NODE") or shutil.which("node")
        if node is None:
            raise ValueError("no Node to run the function: SHAKETABLE_NODE is not set")
        # The shares of memory that AWS's own runtime gives to V8.
        heap = f"--max-old-space-size={max(32, config.memory_size * 90 // 100)}"
        young = f"--max-semi-space-size={max(1, config.memory_size * 5 // 100)}"
        return [node, heap, young, str(_HERE / "node_runtime.cjs")]
    if runtime.startswith("python"):
        return [sys.executable, "-u", str(_HERE / "python_runtime.py")]
    raise ValueError(f"nodejs* or python* expected as runtime, got {runtime or 'none'}")


def environment_of(version: FunctionVersion, env_vars: dict, folder: str) -> dict[str, str]:
    config = version.config
    own = {name: str(value) for name, value in (config.environment or {}).items()}
    root = str(config.code.get_unzipped_code_location())
    given = {name: str(value) for name, value in env_vars.items() if not _is_not_of_aws(name)}
    language = "nodejs" if (config.runtime or "").startswith("nodejs") else "python"
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "en_US.UTF-8",
        **given,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.runtime}",
        "AWS_ENDPOINT_URL": os.environ.get("SHAKETABLE_FUNCTION_ENDPOINT") or str(env_vars.get("AWS_ENDPOINT_URL", "")),
        "AWS_SDK_UA_APP_ID": version.id.function_name,
        "LAMBDA_TASK_ROOT": root,
        "LAMBDA_RUNTIME_DIR": str(_HERE),
        "TMPDIR": folder,
        **own,
        **_search_paths(language, config, root, own),
    }
    # The watchdog of the run finds stray processes by it.
    marker = os.environ.get("SHAKETABLE_RUN")
    return env if marker is None else {**env, "SHAKETABLE_RUN": marker}


def _is_not_of_aws(name: str) -> bool:
    return any(name.startswith(prefix) for prefix in _NOT_OF_AWS)


def _search_paths(language: str, config: VersionFunctionConfiguration, root: str, own: dict[str, str]) -> dict[str, str]:
    layers = [Path(layer.code.get_unzipped_code_location()) for layer in config.layers]
    if language == "nodejs":
        found = [str(layer / "nodejs" / "node_modules") for layer in layers]
        extra = [own.get("NODE_PATH"), os.environ.get("SHAKETABLE_NODE_PATH")]
        return {"NODE_PATH": os.pathsep.join([*found, *(path for path in extra if path)])}
    found = [str(layer / "python") for layer in layers]
    # Where LocalStack is not in a venv but in a folder, boto3 is there, too.
    extra = [own.get("PYTHONPATH"), os.environ.get("SHAKETABLE_PACKAGES")]
    return {"PYTHONPATH": os.pathsep.join([root, *found, *(path for path in extra if path)])}
