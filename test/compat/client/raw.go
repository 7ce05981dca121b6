package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/ethereum/go-ethereum/rpc"
)

// The row of what no client of the stack sends.
const oddParameters = "odd parameters"

// rawCases send what no client of the stack sends, but others may.
func rawCases(recording *Recording) []Case {
	chain := recording.Chains[0]
	id := fmt.Sprintf("%q", chain.ID.String())
	block := text(chain.Blocks[5].ID())
	hash := chain.Blocks[5].Hash.String()
	time := fmt.Sprintf("%q", fmt.Sprintf("0x%x", chain.Blocks[5].Time))
	list, descriptor := "[]", fmt.Sprintf(`{"chainID":%s,"timestamp":%s}`, id, time)
	if message, _, ok := sample(recording); ok {
		list = text(encode(message))
		descriptor = fmt.Sprintf(`{"chainID":%s,"timestamp":"0x%x"}`, id, message.Identifier.Timestamp+10)
	}
	params := map[string][]string{
		"supervisor_localUnsafe": {
			`[]`, `[null]`, `[901]`, `["0x385"]`, `["0x0385"]`, `["0X385"]`, `["901x"]`, `[""]`, `["-1"]`, `[" 901"]`, `["0901"]`,
			`[true]`, `[{}]`, `[` + id + `,1]`, `{}`, `["` + strings.Repeat("9", 80) + `"]`, `["0x"]`,
		},
		"supervisor_crossDerivedToSource": {
			`[` + id + `]`, `[` + id + `,null]`, `[` + id + `,{}]`, `[` + id + `,"` + hash + `"]`, `[` + id + `,` + block + `,1]`,
			`[` + id + `,{"hash":"` + hash + `","number":"0x5"}]`, `[` + id + `,{"hash":"` + hash + `"}]`, `[` + id + `,{"number":5}]`,
			`[` + id + `,{"hash":"0x12","number":5}]`, `[` + id + `,{"hash":"` + hash + `","number":5.5}]`,
			`[` + id + `,{"hash":"` + hash + `","number":-5}]`, `[` + id + `,{"hash":"` + hash + `","number":18446744073709551615}]`,
			`[` + id + `,{"hash":"` + hash + `","number":5,"more":1}]`,
		},
		"supervisor_superRootAtTimestamp": {
			`[]`, `[null]`, `[5]`, `["5"]`, `["0x"]`, `["0x00"]`, `["0xg"]`, `["0x1ffffffffffffffff"]`, `[` + time + `,1]`, `[true]`,
		},
		"supervisor_allSafeDerivedAt": {`[]`, `[null]`, `[{}]`, `["0x5"]`, `[5]`},
		"supervisor_checkAccessList": {
			`[]`, `[` + list + `]`, `[` + list + `,"unsafe"]`, `[` + list + `,"unsafe",null]`, `[` + list + `,"unsafe",{}]`,
			`[` + list + `,"unsafe",` + descriptor + `]`, `[` + list + `,"unsafe",` + descriptor + `,1]`, `[null,"unsafe",` + descriptor + `]`,
			`[` + list + `,null,` + descriptor + `]`, `[` + list + `,5,` + descriptor + `]`, `[` + list + `,"Unsafe",` + descriptor + `]`,
			`["0x12","unsafe",` + descriptor + `]`, `[["0x12"],"unsafe",` + descriptor + `]`, `[[5],"unsafe",` + descriptor + `]`,
			`[[null],"unsafe",` + descriptor + `]`, `[` + list + `,"unsafe",{"chainID":901,"timestamp":"0x1"}]`,
			`[` + list + `,"unsafe",{"chainID":"0x385","timestamp":"0x1"}]`, `[` + list + `,"unsafe",{"chainID":"901","timestamp":1}]`,
			`[` + list + `,"unsafe",{"chainID":"901","timestamp":"0x1","timeout":5}]`, `[` + list + `,"unsafe","901"]`,
			`[` + list + `,"unsafe",{"chainID":"901","timestamp":"0x1","more":5}]`,
		},
		"supervisor_syncStatus":    {`[]`, `[1]`, `[null]`},
		"supervisor_finalizedL1":   {`[1]`},
		"admin_setFailsafeEnabled": {`[]`, `[null]`, `["true"]`, `[1]`},
		"admin_getFailsafeEnabled": {`[1]`},
		"admin_rewind":             {`[]`, `[` + id + `]`, `["x",` + block + `]`, `[` + id + `,"` + hash + `"]`},
		"admin_addL2RPC":           {`[]`, `["ws://127.0.0.1:1"]`, `["ws://127.0.0.1:1","0x12"]`, `["ws://127.0.0.1:1",null]`, `[5,"0x12"]`},
		"supervisor_nope":          {`[]`},
		"admin_nope":               {`[]`},
		"nope":                     {`[]`},
		"supervisor_":              {`[]`},
		"supervisor_SyncStatus":    {`[]`},
		"supervisor_syncStatus_":   {`[]`},
		"supervisor_dependencySet": {`[]`},
	}
	var cases []Case
	for method, lists := range params {
		for _, list := range lists {
			cases = append(cases, raw(method, list))
		}
	}
	return append(cases, batch(id, time), modules(), health(), healthPage())
}

// raw sends parameters as they are. The row says that it is not the client's own question.
func raw(method, params string) Case {
	return Case{
		Method:   oddParameters,
		Name:     method + " " + params,
		Operates: strings.HasPrefix(method, "admin_") && method != "admin_getFailsafeEnabled",
		Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
			var args []json.RawMessage
			if err := json.Unmarshal([]byte(params), &args); err != nil {
				// An object: go-ethereum's client sends lists only.
				args = []json.RawMessage{json.RawMessage(params)}
			}
			list := make([]any, len(args))
			for i, arg := range args {
				list[i] = arg
			}
			var result any
			err := e.RPC.CallContext(ctx, &result, method, list...)
			return result, err
		},
	}
}

// batch is answered element by element, in order.
func batch(id, time string) Case {
	return Case{Method: "a batch", Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
		elements := []rpc.BatchElem{
			{Method: "supervisor_localUnsafe", Args: []any{json.RawMessage(id)}, Result: new(any)},
			{Method: "supervisor_nope", Result: new(any)},
			{Method: "supervisor_superRootAtTimestamp", Args: []any{json.RawMessage(time)}, Result: new(any)},
			{Method: "supervisor_finalizedL1", Result: new(any)},
			{Method: "supervisor_localSafe", Args: []any{5}, Result: new(any)},
		}
		if err := e.RPC.BatchCallContext(ctx, elements); err != nil {
			return nil, err
		}
		var out []any
		for _, element := range elements {
			out = append(out, element.Result, codeOf(element.Error))
		}
		return out, nil
	}}
}

// modules: Vigil has two more, cluster and superroot.
func modules() Case {
	return Case{Method: "rpc_modules", Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
		var names map[string]string
		err := e.RPC.CallContext(ctx, &names, "rpc_modules")
		delete(names, "cluster")
		delete(names, "superroot")
		return names, err
	}}
}

// health: the version is each one's own.
func health() Case {
	return Case{Method: "health_status", Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
		var version string
		err := e.RPC.CallContext(ctx, &version, "health_status")
		return version != "", err
	}}
}

func healthPage() Case {
	return Case{Method: "GET /healthz", Vigil: func(ctx context.Context, e *Endpoint) (any, error) {
		url := strings.Replace(e.URL, "ws://", "http://", 1) + "/healthz"
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, err
		}
		return response.StatusCode, response.Body.Close()
	}}
}
