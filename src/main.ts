#!/usr/bin/env node
import { openProcessIo } from './commands/process-io.js'
import { runProgram } from './commands/program.js'

/** A command that is done has closed everything. If something was forgotten, the process still ends. */
const EXIT_DEADLINE_MS = 5_000

process.exitCode = await runProgram(process.argv.slice(2), openProcessIo())
setTimeout(() => process.exit(), EXIT_DEADLINE_MS).unref()
