module example.org/signals

go 1.22

require github.com/hasura/go-graphql-client v0.14.5

require (
	github.com/coder/websocket v1.8.13 // indirect
	github.com/google/uuid v1.6.0 // indirect
)
