// Errors of AWS that no waiting mends: what is called does not exist, may not be called, or was called wrongly.

const names = ['ResourceNotFoundException', 'AccessDeniedException', 'ValidationException', 'InvalidArgumentException']

export function isHopeless(error: unknown): boolean {
  return error instanceof Error && names.includes(error.name)
}
