// Follows the signals with hasura/go-graphql-client. After a lost connection the client comes back by itself, but with the variables that it
// began with: then it is told to end, and a new one begins at the last cursor.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"time"

	"github.com/hasura/go-graphql-client"
)

const query = `
subscription Signals($after: Cursor) {
  signalEvents(after: $after, from: BEGINNING) {
    ... on SignalEventBatch { cursor previousCursor events { seq type signal { side instrument { symbol } } } }
    ... on StreamCheckpoint { cursor previousCursor }
    ... on StreamProblem { code message }
  }
}`

type item struct {
	Cursor, PreviousCursor *string
	Events                 []struct {
		Seq    int
		Type   string
		Signal struct {
			Side       string
			Instrument struct{ Symbol string }
		}
	}
	Code, Message string
}

func main() {
	url := "ws://127.0.0.1:4000/graphql"
	if len(os.Args) > 1 {
		url = os.Args[1]
	}
	var cursor *string
	for {
		err := follow(url, &cursor)
		fmt.Fprintln(os.Stderr, "coming back after:", err)
		time.Sleep(500*time.Millisecond + rand.N(time.Second))
	}
}

// follow prints what comes after the cursor and moves it: store it with the effect. It returns when the connection ends.
func follow(url string, cursor **string) error {
	client := graphql.NewSubscriptionClient(url).
		WithProtocol(graphql.GraphQLWS).
		WithRetryTimeout(time.Second).
		// Otherwise each message has a goroutine of its own, and they come in any order.
		WithSyncMode(true).
		// The server speaks at least each 5 s.
		WithWebsocketConnectionIdleTimeout(10 * time.Second).
		OnError(func(_ *graphql.SubscriptionClient, err error) error { return err })
	defer client.Close()

	connections := 0
	client.OnConnected(func() {
		if connections++; connections > 1 {
			go client.Close()
		}
	})
	handle := func(data []byte, err error) error {
		if err != nil {
			return err
		}
		if connections > 1 {
			return nil // It was asked for with the old variables.
		}
		var result struct{ SignalEvents item }
		if err := json.Unmarshal(data, &result); err != nil {
			return err
		}
		take(result.SignalEvents, cursor)
		return nil
	}
	if _, err := client.Exec(query, map[string]any{"after": *cursor}, handle); err != nil {
		return err
	}
	return client.Run()
}

func take(next item, cursor **string) {
	switch {
	case next.Code == "SHUTTING_DOWN" || next.Code == "CONSUMER_TOO_SLOW" || next.Code == "REAUTHENTICATE":
		return // The server ends the connection.
	case next.Code != "":
		log.Fatalf("the stream cannot go on: %s", next.Message)
	case *cursor != nil && (next.PreviousCursor == nil || *next.PreviousCursor != **cursor):
		log.Fatalf("something after %s is missing", **cursor)
	}
	for _, event := range next.Events {
		fmt.Println(event.Seq, event.Type, event.Signal.Instrument.Symbol, event.Signal.Side)
	}
	*cursor = next.Cursor
}
