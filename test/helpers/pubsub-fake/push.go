package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/pstest"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
)

const (
	pushAtOnce = 20
	// The real service backs off for longer after a failure.
	pushAgain = 100 * time.Millisecond
	// Of Pub/Sub, where the subscription names none.
	defaultAckDeadline = 10
)

// pushes delivers the messages of push subscriptions, which pstest does not do.
type pushes struct {
	fake   *pstest.Server
	issuer func() *issuer // created when it is first needed
	mu     sync.Mutex
	counts map[int]int // requests by status of their answer; 0: none
}

func newPushes(fake *pstest.Server) *pushes {
	return &pushes{fake: fake, issuer: sync.OnceValue(newIssuer), counts: map[int]int{}}
}

// startWithSubscription starts to push when a push subscription is created.
func (p *pushes) startWithSubscription(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	response, err := handle(ctx, request)
	created, ok := request.(*pb.Subscription)
	if ok && err == nil && created.GetPushConfig().GetPushEndpoint() != "" {
		go p.pushAll(created)
	}
	return response, err
}

func (p *pushes) pushAll(subscription *pb.Subscription) {
	room := make(chan struct{}, pushAtOnce)
	for {
		pulled, err := p.fake.GServer.Pull(context.Background(), &pb.PullRequest{
			Subscription: subscription.Name, MaxMessages: 1, ReturnImmediately: true,
		})
		if err != nil {
			return // deleted
		}
		if len(pulled.ReceivedMessages) == 0 {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		for _, received := range pulled.ReceivedMessages {
			room <- struct{}{}
			go func() {
				p.push(subscription, received)
				<-room
			}()
		}
	}
}

// push delivers one message; every answer other than a success leads to another delivery.
func (p *pushes) push(subscription *pb.Subscription, received *pb.ReceivedMessage) {
	ids := []string{received.AckId}
	if p.isAccepted(subscription, received) {
		_, _ = p.fake.GServer.Acknowledge(context.Background(), &pb.AcknowledgeRequest{
			Subscription: subscription.Name, AckIds: ids,
		})
		return
	}
	time.Sleep(pushAgain)
	_, _ = p.fake.GServer.ModifyAckDeadline(context.Background(), &pb.ModifyAckDeadlineRequest{
		Subscription: subscription.Name, AckIds: ids, AckDeadlineSeconds: 0,
	})
}

func (p *pushes) isAccepted(subscription *pb.Subscription, received *pb.ReceivedMessage) bool {
	request, err := p.request(subscription, received)
	if err != nil {
		log.Fatal(err)
	}
	seconds := max(subscription.AckDeadlineSeconds, defaultAckDeadline)
	client := http.Client{Timeout: time.Duration(seconds) * time.Second}
	response, err := client.Do(request)
	status := 0
	if err == nil {
		status = response.StatusCode
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[status]++
	switch status { // https://cloud.google.com/pubsub/docs/push#receive_push
	case 102, 200, 201, 202, 204:
		return true
	}
	return false
}

func (p *pushes) request(subscription *pb.Subscription, received *pb.ReceivedMessage) (*http.Request, error) {
	config, message := subscription.PushConfig, received.Message
	publishTime := message.PublishTime.AsTime().Format(time.RFC3339Nano)
	body := message.Data
	if config.GetNoWrapper() == nil {
		inner := map[string]any{
			"data": message.Data, "attributes": message.Attributes,
			"messageId": message.MessageId, "message_id": message.MessageId,
			"publishTime": publishTime, "publish_time": publishTime,
		}
		if message.OrderingKey != "" {
			inner["orderingKey"] = message.OrderingKey
		}
		body, _ = json.Marshal(map[string]any{"message": inner, "subscription": subscription.Name})
	}
	request, err := http.NewRequest(http.MethodPost, config.PushEndpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "CloudPubSub-Google")
	request.Header.Set("Content-Type", "application/json")
	if config.GetNoWrapper().GetWriteMetadata() {
		for name, value := range message.Attributes {
			request.Header.Set(name, value)
		}
		request.Header.Set("x-goog-pubsub-subscription-name", subscription.Name)
		request.Header.Set("x-goog-pubsub-message-id", message.MessageId)
		request.Header.Set("x-goog-pubsub-publish-time", publishTime)
	}
	if oidc := config.GetOidcToken(); oidc != nil {
		audience := oidc.Audience
		if audience == "" {
			audience = config.PushEndpoint
		}
		request.Header.Set("Authorization", "Bearer "+p.issuer().token(audience, oidc.ServiceAccountEmail))
	}
	return request, nil
}

// statuses returns the number of push requests by status; 0 for those without an answer.
func (p *pushes) statuses() map[int]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	copied := map[int]int{}
	for status, count := range p.counts {
		copied[status] = count
	}
	return copied
}
