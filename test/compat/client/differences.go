package main

// What op-supervisor answers where it has no code for an error.
const noCode = -32000

// Codes of the interop error table, and JSON-RPC's own.
const (
	codeSkipped      = -320500
	codeUnknownChain = -320501
	codeConflict     = -320600
	codeFuture       = -321401
	codeParams       = -32602
)

// Difference is a way in which Vigil's errors may differ from those of op-supervisor.
type Difference struct {
	Name string
	// The only method that it is about; empty: all.
	Method string
	// The code and words of op-supervisor's error.
	Reference int
	Words     string
	// The codes that Vigil may have instead.
	Vigil []int
	// Vigil's message has these words too, because clients may look for them.
	KeepsWords bool
	// The only case that it is about; empty: all of the method.
	Case string
	// One of them answers.
	Answers Answers
	Why     string
}

// Answers is who gives an answer where the other has an error.
type Answers int

const (
	nobody Answers = iota
	onlyVigil
	onlyReference
)

// Differences is all that may differ. docs/compatibility.md lists the same.
var Differences = []Difference{
	{
		Name: "which rule a message breaks", Method: "supervisor_checkAccessList",
		Reference: codeConflict, Words: "conflicting data",
		Vigil: []int{codeFuture, codeSkipped, codeUnknownChain},
		Why:   "op-supervisor has one code for all that is wrong with a message; Vigil says which it is",
	},
	{
		Name:      "code of future data",
		Reference: noCode, Words: "future data", Vigil: []int{codeFuture}, KeepsWords: true,
		Why: "op-supervisor has codes in checkAccessList only; Vigil has those of the table everywhere",
	},
	{
		Name:      "code of conflicting data",
		Reference: noCode, Words: "conflicting data", Vigil: []int{codeConflict}, KeepsWords: true,
		Why: "op-supervisor has codes in checkAccessList only; Vigil has those of the table everywhere",
	},
	{
		Name:      "code of an unknown chain",
		Reference: noCode, Words: "unknown chain", Vigil: []int{codeUnknownChain}, KeepsWords: true,
		Why: "op-supervisor has codes in checkAccessList only; Vigil has those of the table everywhere",
	},
	{
		Name:      "code of a time before genesis",
		Reference: noCode, Words: "did not reach genesis time", Vigil: []int{codeSkipped}, KeepsWords: true,
		Why: "op-supervisor passes on what a node says; for Vigil it is before the first block",
	},
	{
		Name: "null, what is missing, and numbers from 2^53 on", Method: oddParameters,
		Reference: noCode, Vigil: []int{codeParams},
		Why: "op-supervisor reads null and missing members as zero, and has no such block or chain; Vigil says what is wrong",
	},
	{
		Name: "failsafe set to null", Method: oddParameters, Case: "admin_setFailsafeEnabled [null]",
		Vigil: []int{codeParams}, Answers: onlyReference,
		Why: "op-supervisor turns failsafe off; nobody should turn it off without having said so",
	},
	{
		Name: "a start while it runs", Method: "admin_start", Case: "while it runs",
		Reference: noCode, Words: "already started", Answers: onlyVigil,
		Why: "for Vigil a repeated start is done already; op-supervisor cannot be started after a stop anyway",
	},
}
