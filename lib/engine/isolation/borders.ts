import type { Program } from '../worker/program.js'
import { Border } from './border.js'

/** One border for all lives of a program: each knows many classes. */
export class Borders {
  private readonly known = new WeakMap<Program, Border>()

  of(program: Program): Border {
    let border = this.known.get(program)
    if (border === undefined)
      this.known.set(program, (border = new Border(program.data, program.types, program.refuses)))
    return border
  }
}
