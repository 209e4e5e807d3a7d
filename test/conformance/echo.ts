import { parent } from '../../dist/engine/isolation/site/parent.js'

// What a thread or a process runs that only carries: it says whatever it hears.
const post = parent()?.listen((...heard) => post?.(...heard))
