// What kernel and page say to each other, as types: see view.js for what each message is for.

/**
 * @typedef {[tag: string, attributes: Record<string, string | number>, text: string]} Part
 * @typedef {{key: string, x: number, y: number, cls: string, layer: number, title: string, parts: Part[]}} Item
 * @typedef {{head: string[], rows: string[][]}} Table
 * @typedef {{width: number, height: number, title: string, description: string, stale: boolean}} Frame
 * @typedef {{view: string, number: number, room: number, at?: number, table?: Table}} Addressed
 * @typedef {Frame & Addressed & {type: "whole", elements: Item[]}} Whole
 * @typedef {[key: string, own: {x?: number, y?: number, cls?: string, title?: string},
 *   parts: [number: number, attributes: Record<string, string | number | null>, text?: string][],
 *   between?: [at: number, gone: number, came: Part[]]]} Patch - what of an element is different: parts that go and others
 *   that come in their place, and then what is different in a part; an attribute that is null goes
 * @typedef {Partial<Frame> & Addressed & {type: "changes", put: Item[], patch?: Patch[], remove: string[],
 *   jump?: boolean}} Changes
 * @typedef {[kind: string, app: string, text: string]} Phrase - what happened, as data and in words, to which Deployment
 * @typedef {[micros: number, phrase: number, name?: string]} PackedMoment - when, a phrase's number, a name for its gap
 * @typedef {Shown & {type: "timeline", view: string, from: number, since?: number, moments?: PackedMoment[],
 *   phrases?: {from: number, all: Phrase[]}}} TimelineNews - the moments from that number on, their times in microseconds
 *   from `since` on, and the phrases from that number on; without them there is no news of moments
 * @typedef {{type: "pulse", views: Record<string, number>, told?: Record<string, number>, timeline?: Shown}} Pulse
 * @typedef {{type: "closed", why: string}} Closed
 * @typedef {{at: number, kind: string, text: string, app: string}} Moment - a time, in seconds since the epoch, at which
 *   something happened: what, as data and in words, and to which Deployment
 * @typedef {{place: number, moments: Moment[]}} Mark - moments that stand together, at a place between 0 and 1
 * @typedef {{begin: number, end: number, at: number, live: boolean, growing: boolean, playing: boolean, speed: number,
 *   offset?: number}} Shown - a recording and its cursor; `offset`: seconds that its clock is ahead of UTC
 * @typedef {{seek(at: number): void, play(speed: number): void, pause(): void, step(by: number): void, now(): void}}
 *   TimelineCallbacks - what a reader wants
 * @typedef {[label: string, value: string, tone: string, since: number]} Row - `{age}` in the value counts from `since`
 * @typedef {[key: string, label: string, name: string, status: string, cls: string, body: string, glyph: string]} Inside
 *   - a Pod in a Node that is opened; body and glyph are SVG paths
 * @typedef {{kind: string, name: string, rows: Row[], command: string, inside?: (Inside | string | null | 0)[]}} Details
 *   - of one thing on the picture. In it: Pods in their slots, the name of an app before its own, null for a slot that is
 *   free, and 0 for what is as it was told before
 * @typedef {{key: string, at: number, speed: number, details: Details | null}} Asked - what is known of an element at a
 *   time, in seconds since the epoch, that goes on so fast (0: it stands); null: there is no such thing, or no more
 * @typedef {Asked & {type: "details", view: string}} About
 * @typedef {Whole | Changes | TimelineNews | Pulse | Closed | About} Message
 * @typedef {{node: SVGGElement, parts: SVGElement[], x: number, y: number, enters: boolean}} Entry
 * @typedef {{get(name: string): unknown, send(content: object): void,
 *   on(event: "msg:custom", callback: (message: Message) => void): void,
 *   off(event: "msg:custom", callback: (message: Message) => void): void}} Model - what anywidget gives us
 * @typedef {{id: string, dispose(): void}} Panel
 * @typedef {{shell: {widgets(area: string): Iterable<Panel>}}} Application - JupyterLab
 */

// The replay page's recording, as labkit/board/replay_data.py writes it.

/**
 * @typedef {[key: string, x: number, y: number, cls: string, layer: number, title: string, parts: Part[]]} Packed
 * @typedef {[key: string, x: number, y: number]} Moved
 * @typedef {{i: number, p?: (Packed | Moved)[], r?: string[], h?: number, t?: string, d?: string, s?: boolean}} Step
 * @typedef {{width: number, frames: Step[]}} Layout
 * @typedef {[at: number, kind: string, words: string, app: string, key: string]} Told
 * @typedef {{begin: number, offset: number, times: number[], quiet: number[], moments: Told[],
 *   head: string[], rows: string[][], tables: [frame: number, rows: number[]][]}} Story
 * @typedef {Record<string, [frame: number, details: Details | null][]>} Behind - what is behind each element, by its key
 */

export {};
