import { MessagePort } from 'node:worker_threads'
import { Decoder } from '../codec/decode.js'
import { Encoder } from '../codec/encode.js'
import { readPatches, writePatches } from '../codec/patches.js'
import { Reader } from '../codec/reader.js'
import { Tag } from '../codec/tags.js'
import { slabWriter } from '../codec/writer.js'
import { Transfer, type Transferable } from '../data/transfer.js'
import type { Done, Order, Report } from './frames.js'

export type Frame = Order | Report
type Of<Op extends Frame['op']> = Extract<Frame, { op: Op }>

const RUN = 0
const DONE = 1
const OTHER = 2

/** Writes a frame. Messages, and what became of them, are nearly all there is: they go without the names of their fields. */
export const writeFrame = (to: Encoder, frame: Frame): void => {
  switch (frame.op) {
    case 'run':
      to.out.byte(RUN)
      writeRun(to, frame)
      return
    case 'done':
      to.out.byte(DONE)
      writeDone(to, frame)
      return
    default:
      to.out.byte(OTHER)
      to.value(frame)
  }
}

/** Writes frames. What changes hands goes beside the bytes. */
export class WireEncoder extends Encoder {
  moved: Transferable[] = []

  /** `moves`: is there a way beside the bytes? Else those of a buffer are copied, and a port stays behind. */
  constructor(private readonly moves: boolean) {
    super(slabWriter())
  }

  protected override transfer(transfer: Transfer): void {
    const content = transfer.isTaken ? undefined : transfer.take()
    this.out.byte(Tag.transfer)
    if (content !== undefined && this.moves) this.value(this.moved.push(content) - 1)
    else if (content instanceof MessagePort) {
      content.close() // whoever holds its other end is told
      this.value(undefined)
    } else this.value(content)
  }
}

class WireDecoder extends Decoder {
  constructor(
    bytes: Buffer,
    private readonly moved: readonly Transferable[],
  ) {
    super(new Reader(bytes))
  }

  protected override unknown(tag: number): object {
    if (tag !== Tag.transfer) return super.unknown(tag)
    const content = this.value() as ArrayBuffer | number | undefined
    return new Transfer(typeof content === 'number' ? this.moved[content] : content)
  }
}

/** The frames that were written. */
export const framesIn = (bytes: Buffer, moved: readonly Transferable[]): Frame[] => {
  const from = new WireDecoder(bytes, moved)
  const frames: Frame[] = []
  while (!from.from.isAtEnd) frames.push(readFrame(from))
  return frames
}

const readFrame = (from: Decoder): Frame => {
  switch (from.from.byte()) {
    case RUN:
      return readRun(from)
    case DONE:
      return readDone(from)
    default:
      return from.value() as Frame
  }
}

const writeRun = (to: Encoder, run: Of<'run'>): void => {
  to.out.count(run.life)
  to.out.count(run.epoch)
  to.out.text(run.kind)
  to.out.text(run.name)
  to.value(run.payload)
  to.value(run.awaited)
  to.value(run.reminder)
  to.value(run.stores)
  to.value(run.state)
}

const readRun = (from: Decoder): Of<'run'> => ({
  op: 'run',
  life: from.from.count(),
  epoch: from.from.count(),
  kind: from.from.text() as Of<'run'>['kind'],
  name: from.from.text(),
  payload: from.value(),
  awaited: from.value() as boolean,
  reminder: from.value() as Of<'run'>['reminder'],
  stores: from.value() as Of<'run'>['stores'],
  state: from.value() as Of<'run'>['state'],
})

const writeDone = (to: Encoder, { life, done }: Of<'done'>): void => {
  const { answer, value, patches, directive, stop, effects, writes } = done
  to.out.count(life)
  to.out.text(answer)
  to.value(value)
  to.value(patches !== undefined)
  if (patches !== undefined) writePatches(to, patches)
  to.value(directive)
  to.value(stop)
  to.value(effects)
  to.value(writes)
}

const readDone = (from: Decoder): Of<'done'> => ({
  op: 'done',
  life: from.from.count(),
  done: {
    answer: from.from.text() as Done['answer'],
    value: from.value(),
    patches: from.value() === true ? readPatches(from) : undefined,
    directive: from.value() as Done['directive'],
    stop: from.value() as Done['stop'],
    effects: from.value() as Done['effects'],
    writes: from.value() as Done['writes'],
  },
})
