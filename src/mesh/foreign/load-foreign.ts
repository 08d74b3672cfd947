// Reads any config under test that is no service definition and lies in files. Only that comes back which can run here.

import { configUnderTest, type MeshRecord } from '../../core/scenario-record.ts'
import type { ForeignConfig } from './foreign-config.ts'
import { readConfigDump } from './read-config-dump.ts'
import { readEnvoyYaml } from './read-envoy-yaml.ts'
import { readXdsDirectory } from './read-xds-directory.ts'
import { runnableForeign } from './runnable.ts'

/** @throws InputError when it cannot be read or cannot run here, with file and line where there are any */
export async function loadForeign(mesh: MeshRecord): Promise<ForeignConfig> {
  if (mesh.envoy !== undefined) return runnableForeign(await readEnvoyYaml(mesh.envoy, mesh.node), mesh.stubs)
  if (mesh.configDump !== undefined)
    return runnableForeign(await readConfigDump(mesh.configDump, mesh.node), mesh.stubs)
  if (mesh.xds !== undefined) return runnableForeign(await readXdsDirectory(mesh.xds, mesh.node), mesh.stubs)
  throw new Error(`not read from files: ${configUnderTest(mesh).sort}`)
}
