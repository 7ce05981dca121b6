import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

// Takes the place of `npm` while commands of the handbook are run: installing, testing and measuring are not done
// again, but what is named must be there: the script, and every command and flag that it is given.

interface PackageJson {
	readonly name: string
	readonly version: string
	readonly scripts: Readonly<Record<string, string>>
}

const { name, version, scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as PackageJson
const [command = '', ...args] = process.argv.slice(2)

if (command === 'pack') writeFileSync(`${name}-${version}.tgz`, '')
else if (command === 'test' || command === 'run') checkScript(command === 'test' ? ['test', ...args] : args)
else if (command !== 'ci' && command !== 'install') fail(`npm ${command} is not used here`)

function checkScript([script = '', ...given]: readonly string[]): void {
	const line = scripts[script]
	if (line === undefined) fail(`there is no script ${script}`)
	const [, folder] = /dist\/((?:test|bench)(?:\/[\w-]+)?)\/main\.js/.exec(line) ?? []
	const words = given.filter((word) => /^(--[a-z]|[a-z])/.test(word))
	if (words.length === 0) return
	if (folder === undefined) fail(`${script} takes nothing`)
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
	const sources = files.filter((file) => file.endsWith('.ts')).map((file) => `${folder}/${file}`)
	const source = sources.map((file) => readFileSync(file, 'utf8')).join('\n')
	for (const word of words) if (!declares(source, word)) fail(`${script} does not know ${word}`)
}

/** Whether a command or flag is declared, in one of the ways in which the scripts here do that. */
function declares(source: string, word: string): boolean {
	const flag = word.replace(/^--/, '')
	if (flag === word) return new RegExp(`['"\`]${word}['"\`]`).test(source)
	return new RegExp(`['"\`]${word}['"\`= ]|['"]?\\b${flag}['"]?: \\{ type|'${flag}'`).test(source)
}

function fail(reason: string): never {
	process.stderr.write(`${reason}\n`)
	process.exit(1)
}
