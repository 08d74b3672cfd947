// All fault kinds. A new fault is one file, one test and one line here.

import type { FaultKind } from '../core/fault.ts'
import { abort } from './abort.ts'
import { garbage, push } from './control-plane-faults.ts'
import { delay } from './delay.ts'
import { plan } from './plan.ts'
import { freeze, kill, restart } from './process-faults.ts'

export const faultKinds = [abort, delay, plan, kill, freeze, restart, garbage, push] as unknown as readonly FaultKind[]
