import type { Border } from './border.js'
import { Errands, type Answered } from './errands.js'
import type { Asked } from './frames.js'
import type { Passage } from './passage.js'
import type { Place } from './place.js'
import type { Turns } from './turns.js'
import type { Word } from './word.js'

type Said = Extract<Word, { op: 'ask' | 'tell' }>

/** What a life has to say to other servers, each in the context of the turn that it says it in. */
export class Talk {
  private readonly errands: Errands

  constructor(
    { surrounding, send }: Pick<Place, 'surrounding' | 'send'>,
    border: Border,
    private readonly turns: Turns,
    private readonly passage: Passage,
  ) {
    this.errands = new Errands(surrounding, border, send)
  }

  hear(said: Said): void {
    const { errands, turns } = this
    if (said.op === 'ask')
      void errands.answer(said.ask, () => turns.inside(said, () => this.asked(said.asked)))
    else
      turns.inside(said, () => {
        errands.tell(said.telling)
      })
  }

  private async asked(asked: Asked): Promise<Answered> {
    return asked.to === 'call'
      ? this.errands.call(asked)
      : { entries: await this.passage.entries(asked.table) }
  }
}
