// The names that Envoy 1.40.0 gives a cluster's counters and gauges, read from its own `/stats`. Needed because a stat that
// was never used is not reported: absent and zero look alike, absent and misspelt must not.

const counters = `
assignment_stale assignment_timeout_received assignment_use_cached bind_errors default.total_match_count
health_check.{attempt,failure,network_failure,passive_failure,success,verify_cluster}
lb_healthy_panic lb_local_cluster_not_ok lb_recalculate_zone_structures
lb_subsets_{created,fallback,fallback_panic,removed,selected} lb_zone_cluster_too_small lb_zone_no_capacity_left
lb_zone_routing_{all_directly,cross_zone,sampled} membership_change original_dst_host_invalid
outlier_detection.ejections_{consecutive_5xx,overflow,success_rate,total,enforced_total}
outlier_detection.ejections_{detected,enforced}_{consecutive_5xx,consecutive_gateway_failure}
outlier_detection.ejections_{detected,enforced}_{consecutive_local_origin_failure,failure_percentage,success_rate}
outlier_detection.ejections_{detected,enforced}_local_origin_{failure_percentage,success_rate}
outlier_detection.ejections_detected_degradation retry_or_shadow_abandoned
update_{attempt,empty,failure,no_rebuild,success}
upstream_cx_{close_notify,connect_attempts_exceeded,connect_fail,connect_timeout,connect_with_0_rtt}
upstream_cx_{destroy,destroy_local,destroy_local_with_active_rq,destroy_remote,destroy_remote_with_active_rq}
upstream_cx_{destroy_with_active_rq,http1_total,http2_total,http3_total,idle_timeout,max_duration_reached,max_requests}
upstream_cx_{none_healthy,overflow,pool_overflow,preconnect_skipped,protocol_error,total}
upstream_cx_{rx,tx}_bytes_total upstream_flow_control_{backed_up,drained,paused_reading,resumed_reading}_total
upstream_http3_broken upstream_internal_redirect_{failed,succeeded}_total
upstream_rq_{0rtt,active_overflow,cancelled,completed,maintenance_mode,max_duration_reached,pending_failure_eject}
upstream_rq_{pending_overflow,pending_total,per_try_idle_timeout,per_try_timeout,rx_reset,rx_reset_no_error,tx_reset}
upstream_rq_{retry,retry_backoff_exponential,retry_backoff_ratelimited,retry_limit_exceeded,retry_overflow,retry_success}
upstream_rq_{timeout,total}`

const gauges = `
circuit_breakers.{default,high}.{cx_open,cx_pool_open,rq_open,rq_pending_open,rq_retry_open}
circuit_breakers.{default,high}.remaining_{cx,cx_pools,pending,retries,rq}
health_check.{degraded,healthy} lb_subsets_active max_host_weight membership_{degraded,excluded,healthy,total}
outlier_detection.ejections_active upstream_cx_active upstream_cx_{rx,tx}_bytes_buffered upstream_queue_overloaded
upstream_rq_active upstream_rq_pending_active version warming_state`

/** Counted by status, with the status in the name; `retry.` for answers that were retried. */
const byStatus = /^(retry\.|internal\.|external\.|canary\.)?upstream_rq_([1-5]xx|[1-5]\d\d)$/
const byProtocol = /^http[12]\.[a-z0-9_]+$/
/** Stats outside of a cluster's tree, which have no table here. */
const gaugeElsewhere = /(_active|_open|_buffered|\.state|\.live|\.uptime|\.version|\.concurrency)$|remaining_\w+$/

const counterNames: ReadonlySet<string> = new Set(words(counters))
const gaugeNames: ReadonlySet<string> = new Set(words(gauges))

/** Names of a cluster's stats, without the `cluster.NAME.` before them. */
export const clusterStatNames: readonly string[] = [...counterNames, ...gaugeNames]

/** Splits `cluster.NAME.STAT` where STAT is a name that Envoy knows. Cluster names may hold dots. */
export function splitClusterStat(name: string): { readonly cluster: string; readonly stat: string } | undefined {
  if (!name.startsWith('cluster.')) return undefined
  for (let dot = name.indexOf('.', 8); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const stat = name.slice(dot + 1)
    if (counterNames.has(stat) || gaugeNames.has(stat) || byStatus.test(stat) || byProtocol.test(stat)) {
      return { cluster: name.slice(8, dot), stat }
    }
  }
  return undefined
}

/** Gauges say how things are, so their value counts; of counters it is the increase. */
export function isGauge(name: string): boolean {
  const split = splitClusterStat(name)
  return split === undefined ? gaugeElsewhere.test(name) : gaugeNames.has(split.stat)
}

/** `a_{b,c} d` to `a_b`, `a_c`, `d`. */
function words(text: string): string[] {
  return text.trim().split(/\s+/).flatMap(expand)
}

function expand(word: string): string[] {
  const [whole, options] = /\{([^}]*)\}/.exec(word) ?? []
  if (whole === undefined || options === undefined) return [word]
  return options.split(',').flatMap((option) => expand(word.replace(whole, option)))
}
