package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"
)

// issuer signs the OIDC tokens of push requests as Google's accounts do, and serves its keys by OpenID Connect Discovery.
type issuer struct {
	address string
	mu      sync.Mutex
	key     *rsa.PrivateKey
	keyID   int
}

func newIssuer() *issuer {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	i := &issuer{address: "http://" + listener.Addr().String()}
	i.rotate()
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"issuer": i.address, "jwks_uri": i.address + "/certs"})
	})
	mux.HandleFunc("/certs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		writeJSON(w, map[string]any{"keys": []any{i.publicKey()}})
	})
	go func() { log.Fatal(http.Serve(listener, mux)) }()
	return i
}

// rotate replaces the key: tokens signed from now on name another one.
func (i *issuer) rotate() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key = key
	i.keyID++
}

func (i *issuer) publicKey() map[string]any {
	i.mu.Lock()
	defer i.mu.Unlock()
	return map[string]any{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": fmt.Sprint(i.keyID),
		"n": encode(i.key.N.Bytes()), "e": encode(big.NewInt(int64(i.key.E)).Bytes()),
	}
}

// token has the claims of a push token: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
func (i *issuer) token(audience, email string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := time.Now().Unix()
	header, _ := json.Marshal(map[string]any{"alg": "RS256", "kid": fmt.Sprint(i.keyID), "typ": "JWT"})
	claims, _ := json.Marshal(map[string]any{
		"iss": i.address, "aud": audience, "azp": "113774264463038321964", "sub": "113774264463038321964",
		"email": email, "email_verified": true, "iat": now, "exp": now + 3600,
	})
	signed := encode(header) + "." + encode(claims)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, digest[:])
	if err != nil {
		log.Fatal(err)
	}
	return signed + "." + encode(signature)
}

func encode(bytes []byte) string {
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}
