package main

import (
	"context"
	"sync"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// fault applies to the next `left` calls of a method (all if negative).
type fault struct {
	// "fail": answered with the code, and not done. "lose": done, but answered with the code.
	// "hang": done, but never answered.
	// "invalid": acks are refused one by one, as those whose lease has ended are.
	kind string
	code codes.Code
	left int
}

type faults struct {
	mu       sync.Mutex
	byMethod map[string]*fault // by last part of the method: Publish, Acknowledge, StreamingPull …
}

func newFaults() *faults {
	return &faults{byMethod: map[string]*fault{}}
}

func (f *faults) set(method string, fault fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.byMethod[method] = &fault
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.byMethod = map[string]*fault{}
}

// next counts one call of the method; kind is "" without a fault.
func (f *faults) next(method string) fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := f.byMethod[method]
	if found == nil || found.left == 0 {
		return fault{}
	}
	if found.left > 0 {
		found.left--
	}
	return *found
}

func (f *faults) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	method := lastPart(info.FullMethod)
	switch fault := f.next(method); fault.kind {
	case "fail":
		return nil, status.Error(fault.code, "a fault of this test")
	case "lose":
		if _, err := handle(ctx, request); err != nil {
			return nil, err
		}
		return nil, status.Error(fault.code, "done, but the answer is lost in this test")
	case "hang":
		if _, err := handle(ctx, request); err != nil {
			return nil, err
		}
		<-ctx.Done()
		return nil, ctx.Err()
	case "invalid":
		return nil, invalidAcks(request)
	}
	return handle(ctx, request)
}

// invalidAcks is the response of an exactly-once subscription to acks with expired leases.
func invalidAcks(request any) error {
	failures := map[string]string{}
	if acknowledge, ok := request.(*pb.AcknowledgeRequest); ok {
		for _, id := range acknowledge.AckIds {
			failures[id] = "PERMANENT_FAILURE_INVALID_ACK_ID"
		}
	}
	refusal := status.New(codes.InvalidArgument, "Some acknowledgement ids in the request were invalid.")
	detailed, err := refusal.WithDetails(&errdetails.ErrorInfo{
		Reason: "EXACTLY_ONCE_ACKID_FAILURE", Domain: "pubsub.googleapis.com", Metadata: failures,
	})
	if err != nil {
		return err
	}
	return detailed.Err()
}

func (f *faults) stream(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	if fault := f.next(lastPart(info.FullMethod)); fault.kind == "fail" {
		return status.Error(fault.code, "a fault of this test")
	}
	return handle(service, stream)
}

func lastPart(method string) string {
	for i := len(method) - 1; i >= 0; i-- {
		if method[i] == '/' {
			return method[i+1:]
		}
	}
	return method
}
