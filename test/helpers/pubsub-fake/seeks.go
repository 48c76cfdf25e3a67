package main

import (
	"context"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/pstest"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Attributes of a copy that stands for an acknowledged message which returned to one subscription.
const (
	originalID   = "fake-original-id"
	originalTime = "fake-original-time"
	returnedTo   = "fake-returned-to"
)

// seeks replaces pstest's Seek, which loses the content of the messages that return. It publishes copies, which the
// subscription receives with the ids of their originals. A snapshot is the time of its creation, or of the oldest message
// that was not acknowledged then.
type seeks struct {
	fake      *pstest.Server
	mu        sync.Mutex
	topics    map[string]string // of subscriptions
	snapshots map[string]*pb.Snapshot
	times     map[string]time.Time // of snapshots
}

func newSeeks(fake *pstest.Server) *seeks {
	return &seeks{fake: fake, topics: map[string]string{}, snapshots: map[string]*pb.Snapshot{}, times: map[string]time.Time{}}
}

func (s *seeks) unary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	switch r := request.(type) {
	case *pb.Subscription:
		s.mu.Lock()
		s.topics[r.Name] = r.Topic
		s.mu.Unlock()
	case *pb.CreateSnapshotRequest:
		return s.create(r)
	case *pb.DeleteSnapshotRequest:
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.snapshots, r.Snapshot)
		return &emptypb.Empty{}, nil
	case *pb.SeekRequest:
		return s.seek(ctx, r)
	}
	return handle(ctx, request)
}

func (s *seeks) seek(ctx context.Context, r *pb.SeekRequest) (*pb.SeekResponse, error) {
	s.mu.Lock()
	topic, known := s.topics[r.Subscription]
	at := r.GetTime().AsTime()
	if name := r.GetSnapshot(); name != "" {
		if s.snapshots[name] == nil {
			known = false
		}
		at = s.times[name]
	}
	s.mu.Unlock()
	if !known {
		return nil, status.Error(codes.NotFound, "the subscription or snapshot does not exist")
	}
	var obsolete []string
	var returning []*pb.PubsubMessage
	for _, message := range s.fake.Messages() {
		isCopy := message.Attributes[returnedTo] != ""
		switch {
		case message.Topic != topic || (isCopy && message.Attributes[returnedTo] != r.Subscription):
		case isCopy || message.PublishTime.Before(at):
			obsolete = append(obsolete, message.ID)
		case message.Acks > 0:
			returning = append(returning, copyFor(r.Subscription, message))
		}
	}
	if len(obsolete) > 0 {
		ack := &pb.AcknowledgeRequest{Subscription: r.Subscription, AckIds: obsolete}
		if _, err := s.fake.GServer.Acknowledge(ctx, ack); err != nil {
			return nil, err
		}
	}
	if len(returning) > 0 {
		if _, err := s.fake.GServer.Publish(ctx, &pb.PublishRequest{Topic: topic, Messages: returning}); err != nil {
			return nil, err
		}
	}
	return &pb.SeekResponse{}, nil
}

func copyFor(subscription string, message *pstest.Message) *pb.PubsubMessage {
	attributes := map[string]string{
		returnedTo: subscription, originalID: message.ID, originalTime: message.PublishTime.Format(time.RFC3339Nano),
	}
	for name, value := range message.Attributes {
		attributes[name] = value
	}
	return &pb.PubsubMessage{Data: message.Data, Attributes: attributes, OrderingKey: message.OrderingKey}
}

func (s *seeks) create(r *pb.CreateSnapshotRequest) (*pb.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	topic, known := s.topics[r.Subscription]
	if !known {
		return nil, status.Error(codes.NotFound, "the subscription does not exist")
	}
	at := time.Now()
	for _, message := range s.fake.Messages() {
		if message.Topic == topic && message.Acks == 0 && message.PublishTime.Before(at) {
			at = message.PublishTime
		}
	}
	s.snapshots[r.Name] = &pb.Snapshot{Name: r.Name, Topic: topic}
	s.times[r.Name] = at
	return s.snapshots[r.Name], nil
}

// restore gives copies the ids and times of their originals, and removes those of other subscriptions.
func (s *seeks) restore(response *pb.StreamingPullResponse, subscription string) *pb.StreamingPullResponse {
	restored := &pb.StreamingPullResponse{SubscriptionProperties: response.SubscriptionProperties}
	for _, received := range response.ReceivedMessages {
		switch received.Message.Attributes[returnedTo] {
		case "":
		case subscription:
			received = proto.Clone(received).(*pb.ReceivedMessage)
			message := received.Message
			message.MessageId = message.Attributes[originalID]
			if at, err := time.Parse(time.RFC3339Nano, message.Attributes[originalTime]); err == nil {
				message.PublishTime = timestamppb.New(at)
			}
			for _, name := range []string{returnedTo, originalID, originalTime} {
				delete(message.Attributes, name)
			}
		default:
			continue
		}
		restored.ReceivedMessages = append(restored.ReceivedMessages, received)
	}
	return restored
}
