// The mesh as it was used: columns of nodes, on each edge the rate and the part that failed. On narrow screens the same
// edges are a list, which is also the text alternative of the picture.

import { max } from 'd3-array'
import { scaleSqrt } from 'd3-scale'
import type { MeshGraph } from '../../core/report-model.ts'
import { formatRate, formatRatio } from '../format.ts'
import { oneLine } from '../plain-text.ts'
import { html, type Markup, said } from './markup.ts'
import { dataTable } from './plot.ts'

const columnsMax = 6
const rowsMax = 12
const size = { width: 1080, node: 164, nodeHeight: 42, row: 68, fan: 0.32 }

type Node = MeshGraph['nodes'][number]
type Edge = MeshGraph['edges'][number]

interface Placed extends Node {
  readonly x: number
  readonly y: number
}

export function meshGraph(graph: MeshGraph, id: string): Markup | undefined {
  if (graph.nodes.length === 0) return undefined
  const { placed, height, left } = place(graph.nodes)
  const edges = graph.edges.flatMap((edge) => {
    const from = placed.get(edge.from)
    const to = placed.get(edge.to)
    return from === undefined || to === undefined || from === to ? [] : [{ edge, from, to }]
  })
  const thickness = scaleSqrt([0, Math.max(1, max(graph.edges, (edge) => finite(edge.ratePerSecond)) ?? 1)], [1.5, 9])
  const names = new Map(graph.nodes.map((node) => [node.id, node.label]))
  const curves = edges.map(({ edge, from, to }) => curve(edge, from, to, thickness(finite(edge.ratePerSecond))))
  const labels = edges.map(({ edge, from, to }) => edgeLabel(edge, from, to))
  const hidden = left > 0 ? html`<p class="muted">${left} more nodes are in the list only.</p>` : undefined
  const rows = graph.edges.map((edge) => ({
    edge,
    from: names.get(edge.from) ?? edge.from,
    to: names.get(edge.to) ?? edge.to,
  }))
  return html`<figure class="chart mesh"><figcaption><h3>Mesh</h3><p class="muted">Requests up to the Envoy under test, attempts behind it. Failures that retries masked show behind it only.</p></figcaption><svg class="graph" role="img" aria-labelledby="${id}-g-t ${id}-g-d" viewBox="-2 0 ${size.width + 4} ${height}"><title id="${id}-g-t">Mesh graph</title><desc id="${id}-g-d">Nodes from left to right: load generator, Envoy under test, clusters, hosts. The table beneath has every edge.</desc>${curves}${[...placed.values()].map(nodeBox)}${labels}</svg>${hidden}<ul class="graph-list">${rows.map(
    ({ edge, from, to }) =>
      html`<li>${said(from, 80)} <span aria-label="to">→</span> ${said(to, 80)}<br/><strong>${formatRate(edge.ratePerSecond)}</strong> <span class="${edge.errorRatio > 0 ? 'failing' : 'muted'}">${errorText(edge)}</span></li>`,
  )}</ul>${dataTable(
    'edges of the mesh',
    ['From', 'To', 'Rate', 'Errors'],
    rows.map(({ edge, from, to }) => [
      said(from, 80),
      said(to, 80),
      formatRate(edge.ratePerSecond),
      formatRatio(edge.errorRatio),
    ]),
  )}</figure>`
}

function place(nodes: readonly Node[]): {
  readonly placed: ReadonlyMap<string, Placed>
  readonly height: number
  readonly left: number
} {
  const columns = Array.from({ length: columnsMax }, (_, column) =>
    nodes.filter((node) => node.column === column).slice(0, rowsMax),
  )
  const used = columns.filter((column) => column.length > 0)
  const rows = Math.max(1, ...used.map((column) => column.length))
  const height = rows * size.row + 10
  const gap = used.length > 1 ? (size.width - size.node) / (used.length - 1) : 0
  const placed = new Map<string, Placed>()
  used.forEach((column, columnIndex) => {
    const top = (height - column.length * size.row) / 2
    column.forEach((node, rowIndex) => {
      placed.set(node.id, { ...node, x: columnIndex * gap, y: top + rowIndex * size.row + size.row / 2 })
    })
  })
  return { placed, height, left: nodes.length - placed.size }
}

function nodeBox(node: Placed): Markup {
  const sign = node.faulty ? '⚡ ' : ''
  return html`<g class="node${node.faulty ? ' faulty' : ''}"><title>${oneLine(node.label, 200)}${node.faulty ? ' (a fault aims at it)' : ''}</title><rect x="${node.x.toFixed(1)}" y="${(node.y - size.nodeHeight / 2).toFixed(1)}" width="${size.node}" height="${size.nodeHeight}" rx="8"/><text x="${(node.x + size.node / 2).toFixed(1)}" y="${(node.y + 5).toFixed(1)}">${sign}${clip(node.label)}</text></g>`
}

/** Fans out right behind its source, then runs level, so that its label has a straight line to sit on. */
function curve(edge: Edge, from: Placed, to: Placed, width: number): Markup {
  const startX = from.x + size.node
  const levelX = startX + (to.x - startX) * size.fan
  const bendX = (startX + levelX) / 2
  const points = [startX, from.y, bendX, from.y, bendX, to.y, levelX, to.y].map((value) => value.toFixed(1))
  const [x0, y0, x1, y1, x2, y2, x3, y3] = points
  const style = edge.errorRatio > 0 ? 'edge failing' : edge.ratePerSecond > 0 ? 'edge' : 'edge idle'
  return html`<path class="${style}" d="M${x0},${y0}C${x1},${y1} ${x2},${y2} ${x3},${y3}H${to.x.toFixed(1)}" stroke-width="${width.toFixed(1)}"/>`
}

/** Rate above the level part of the edge, errors beneath it. */
function edgeLabel(edge: Edge, from: Placed, to: Placed): Markup {
  const startX = from.x + size.node
  const levelX = startX + (to.x - startX) * size.fan
  const x = ((levelX + to.x) / 2).toFixed(1)
  const style = edge.errorRatio > 0 ? 'edge-label failing' : 'edge-label'
  return html`<g class="${style}"><text x="${x}" y="${(to.y - 9).toFixed(1)}">${formatRate(edge.ratePerSecond)}</text><text class="errors" x="${x}" y="${(to.y + 19).toFixed(1)}">${errorText(edge)}</text></g>`
}

function errorText(edge: Edge): string {
  if (edge.errorRatio > 0) return `${formatRatio(edge.errorRatio)} errors`
  return edge.ratePerSecond > 0 ? 'no errors' : 'no traffic'
}

function clip(label: string): string {
  const text = oneLine(label, 200)
  return text.length <= 18 ? text : `${text.slice(0, 17).toWellFormed()}…`
}

function finite(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0
}
