// All fault kinds. A new fault is one file, one test and one line here.

import type { FaultKind } from '../core/fault.ts'
import { abort } from './abort.ts'
import { cutBody, slowBody } from './body-faults.ts'
import { garbage, push, storeOutage } from './control-plane-faults.ts'
import { crash } from './crash.ts'
import { delay } from './delay.ts'
import { duplicate, late, timeout } from './delivery-faults.ts'
import { everySingleFault } from './every-single-fault.ts'
import { leave } from './leave.ts'
import { partialFailure } from './partial-failure.ts'
import { plan } from './plan.ts'
import { freeze, kill, restart } from './process-faults.ts'
import { reset } from './reset.ts'
import { bandwidth, blackHole, hang, refuse, refuseStream } from './tcp-faults.ts'
import { throttle } from './throttle.ts'
import { throughput } from './throughput.ts'

export const faultKinds = [
  abort,
  delay,
  plan,
  throughput,
  kill,
  freeze,
  restart,
  garbage,
  push,
  storeOutage,
  leave,
  refuse,
  blackHole,
  hang,
  bandwidth,
  refuseStream,
  throttle,
  reset,
  partialFailure,
  cutBody,
  slowBody,
  crash,
  timeout,
  duplicate,
  late,
  everySingleFault,
] as unknown as readonly FaultKind[]
