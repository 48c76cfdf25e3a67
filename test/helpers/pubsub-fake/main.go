// Serves Google's in-memory Pub/Sub fake on a loopback address: `pubsub-fake 127.0.0.1:8085` (port 0: any free one).
// Prints the address when it listens, and ends when its standard input does, so that it never outlives a killed parent.
// Each line of the standard input is a command (control.go); each is answered with a line.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"

	"cloud.google.com/go/pubsub/pstest"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
)

// As much as Pub/Sub itself takes, and some room; gRPC's own limit is 4 MiB.
const maxRequestBytes = 12 << 20

func main() {
	address := "127.0.0.1:0"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	// Only its handlers are used: its own gRPC server has neither the size nor the mending.
	fake := pstest.NewServer()
	seeks := newSeeks(fake)
	pulls, faults, pushes := newPulls(seeks), newFaults(), newPushes(fake)
	server := grpc.NewServer(
		grpc.MaxRecvMsgSize(maxRequestBytes),
		grpc.ChainUnaryInterceptor(guard, faults.unary, seeks.unary, pulls.endWithSubscription, pushes.startWithSubscription),
		grpc.ChainStreamInterceptor(faults.stream, pulls.watch),
	)
	pb.RegisterPublisherServer(server, &fake.GServer)
	pb.RegisterSubscriberServer(server, &fake.GServer)

	fmt.Println(listener.Addr())
	control := newControl(fake, pulls, faults, pushes)
	go func() {
		control.serve(os.Stdin, os.Stdout)
		os.Exit(0)
	}()
	log.Fatal(server.Serve(listener))
}

// pstest panics when a lease is changed for a message that it does not know, as clients do after it was restarted.
func guard(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (response any, err error) {
	defer func() {
		if recover() != nil {
			err = errUnknownMessage
		}
	}()
	return handle(ctx, request)
}
