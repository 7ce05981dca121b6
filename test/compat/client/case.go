package main

import (
	"context"
	"errors"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/rpc"
)

// Ask is one question to a supervisor through a client of the stack, with what the client decoded.
type Ask func(context.Context, *Endpoint) (any, error)

// Case is a question whose answers must be the same.
type Case struct {
	// The row of the table.
	Method string
	Name   string
	Vigil  Ask
	// How op-supervisor is asked; nil: as Vigil is.
	Reference Ask
	// Only a process that supervises can answer.
	Operates bool
}

// Answer is what a client made of an answer.
type Answer struct {
	Value any
	Err   error
}

func (ask Ask) answer(ctx context.Context, e *Endpoint) Answer {
	value, err := ask(ctx, e)
	return Answer{Value: value, Err: err}
}

func (c Case) askVigil(ctx context.Context, e *Endpoint) Answer {
	return c.Vigil.answer(ctx, e)
}

func (c Case) askReference(ctx context.Context, e *Endpoint) Answer {
	if c.Reference != nil {
		return c.Reference.answer(ctx, e)
	}
	return c.Vigil.answer(ctx, e)
}

// codeOf is the code of a JSON-RPC error, 0 for any other error.
func codeOf(err error) int {
	var answered rpc.Error
	if errors.As(err, &answered) {
		return answered.ErrorCode()
	}
	return 0
}

// isNotFound is how op-challenger and op-proposer see that there is nothing yet.
func isNotFound(err error) bool {
	return errors.Is(err, ethereum.NotFound)
}
