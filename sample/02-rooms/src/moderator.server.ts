import { HandleCall, PeeperServer } from 'nestjs-peeper'

export interface ModeratorState {
  words: string[]
  checked: number
}

/** The one who reads every message before a room keeps it. */
@PeeperServer({ name: 'moderator', state: { words: ['darn', 'heck'], checked: 0 } })
export class Moderator {
  @HandleCall()
  clean(state: ModeratorState, text: string): string {
    state.checked += 1
    return state.words.reduce((clean, word) => clean.replaceAll(word, '*'.repeat(word.length)), text)
  }

  @HandleCall()
  checked(state: ModeratorState): number {
    return state.checked
  }
}
