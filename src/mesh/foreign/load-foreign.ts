// Reads any config under test that is no service definition and lies in files.

import { configUnderTest, type MeshRecord } from '../../core/scenario-record.ts'
import type { ForeignConfig } from './foreign-config.ts'
import { readConfigDump } from './read-config-dump.ts'
import { readEnvoyYaml } from './read-envoy-yaml.ts'
import { readXdsDirectory } from './read-xds-directory.ts'

/** @throws InputError when it cannot be read, with file and line where there are any */
export async function loadForeign(mesh: MeshRecord): Promise<ForeignConfig> {
  if (mesh.envoy !== undefined) return readEnvoyYaml(mesh.envoy, mesh.node)
  if (mesh.configDump !== undefined) return readConfigDump(mesh.configDump, mesh.node)
  if (mesh.xds !== undefined) return readXdsDirectory(mesh.xds, mesh.node)
  throw new Error(`not read from files: ${configUnderTest(mesh).sort}`)
}
