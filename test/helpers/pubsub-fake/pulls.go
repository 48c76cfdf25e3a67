package main

import (
	"context"
	"sync"
	"sync/atomic"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var (
	errUnknownMessage = status.Error(codes.InvalidArgument, "unknown message")
	errDeleted        = status.Error(codes.NotFound, "the subscription was deleted")
	errBroken         = status.Error(codes.Unavailable, "the stream was broken by this test")
)

// pulls ends streaming pulls when their subscription is deleted, as Pub/Sub does; pstest leaves them open for ever.
type pulls struct {
	seeks   *seeks
	mu      sync.Mutex
	deleted map[string]chan struct{} // by subscription; closed when it is deleted
	broken  chan struct{}            // closed when all open streams are to end
}

func newPulls(seeks *seeks) *pulls {
	return &pulls{seeks: seeks, deleted: map[string]chan struct{}{}, broken: make(chan struct{})}
}

// breakAll ends every open streaming pull like a lost connection.
func (p *pulls) breakAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.broken)
	p.broken = make(chan struct{})
}

func (p *pulls) of(subscription string) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.deleted[subscription] == nil {
		p.deleted[subscription] = make(chan struct{})
	}
	return p.deleted[subscription]
}

func (p *pulls) endWithSubscription(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	response, err := handle(ctx, request)
	if deletion, ok := request.(*pb.DeleteSubscriptionRequest); ok && err == nil {
		close(p.of(deletion.Subscription))
		p.mu.Lock()
		delete(p.deleted, deletion.Subscription)
		p.mu.Unlock()
	}
	return response, err
}

func (p *pulls) watch(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	p.mu.Lock()
	broken := p.broken
	p.mu.Unlock()
	return handle(service, &watchedStream{ServerStream: stream, pulls: p, broken: broken})
}

type watchedStream struct {
	grpc.ServerStream
	pulls        *pulls
	subscription atomic.Value
	broken       chan struct{}
	deleted      chan struct{} // nil, and so never ready, until the first request has named the subscription
}

func (s *watchedStream) RecvMsg(message any) error {
	received := make(chan error, 1)
	go func() { received <- s.ServerStream.RecvMsg(message) }()
	select {
	case err := <-received:
		if request, ok := message.(*pb.StreamingPullRequest); ok && err == nil && request.Subscription != "" {
			s.deleted = s.pulls.of(request.Subscription)
			s.subscription.Store(request.Subscription)
		}
		return err
	case <-s.deleted:
		return errDeleted
	case <-s.broken:
		return errBroken
	}
}

func (s *watchedStream) SendMsg(message any) error {
	response, ok := message.(*pb.StreamingPullResponse)
	subscription, known := s.subscription.Load().(string)
	if ok && known {
		message = s.pulls.seeks.restore(response, subscription)
	}
	return s.ServerStream.SendMsg(message)
}
