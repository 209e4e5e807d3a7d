// An entry file that never comes to the point where it hosts anything.

await new Promise(() => setInterval(() => undefined, 1_000))
