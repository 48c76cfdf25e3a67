// Written by scripts/docs.mjs from the OpenAPI document; do not edit.
export interface paths {
    readonly "/livez": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Liveness probe */
        readonly get: operations["getLivez"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/readyz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Readiness probe: model warm and broker connected, otherwise the reasons */
        readonly get: operations["getReadyz"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/healthz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Readiness probe: model warm and broker connected, otherwise the reasons */
        readonly get: operations["getHealthz"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/health/live": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Liveness probe */
        readonly get: operations["getV2HealthLive"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/health/ready": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Readiness probe */
        readonly get: operations["getV2HealthReady"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/stream": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Live feed: server-sent events model, stats, lag, prediction, alert
         * The stream does not end. The schema describes one event; its data is JSON.
         */
        readonly get: operations["getApiV1Stream"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/pubsub/push": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Take a message pushed by Pub/Sub or Eventarc
         * Requires pubsub.push.enabled and the OIDC token of the subscription or trigger. Answers 204 only after the broker confirmed the prediction or the dead letter. With any other answer Pub/Sub pushes the message again. Unwrapped messages have the image as their body and the attributes as headers.
         */
        readonly post: operations["postPubsubPush"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Metrics in the text format of Prometheus */
        readonly get: operations["getMetrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/predictions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Stored predictions, newest first
         * Pass next as before to get the next page.
         */
        readonly get: operations["getApiV1Predictions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/predictions/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One prediction */
        readonly get: operations["getApiV1PredictionsId"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/images/{id}.png": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Image of a prediction: the model's input, or its thumbnail of at most 128 pixels a side */
        readonly get: operations["getApiV1ImagesIdPng"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/export": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Export all matching predictions as a file
         * Newest first, one prediction per line.
         */
        readonly get: operations["getApiV1Export"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/stats": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Counts, rates, latencies and lag */
        readonly get: operations["getApiV1Stats"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/lag": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Consumer lag */
        readonly get: operations["getApiV1Lag"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/load-history": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Rates and latencies of the last 5 minutes, hour or day
         * Of this process, since its start.
         */
        readonly get: operations["getApiV1LoadHistory"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/scale-hint": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Required number of processes
         * replicas = (arrival rate + lag / catchUpSeconds) / (capacity of one process × utilization), rounded up, between 1 and the number of partitions. This process knows its own share only and assumes the same load on the others.
         */
        readonly get: operations["getApiV1ScaleHint"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/confusion": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Confusion matrix, quality by class, and confidence
         * Over all results that the store has received.
         */
        readonly get: operations["getApiV1Confusion"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/history": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Results per minute */
        readonly get: operations["getApiV1History"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/drift": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Drift of the latest predictions from the model baseline
         * Classes, confidence, brightness and contrast by block of predictions since the process started.
         */
        readonly get: operations["getApiV1Drift"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/training": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Training history of the active model: loss and accuracy by epoch
         * From its manifest.
         */
        readonly get: operations["getApiV1Training"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/config": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Effective settings with their sources
         * Secrets are masked.
         */
        readonly get: operations["getApiV1Config"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/model": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The active model: its images, its classes and its scores */
        readonly get: operations["getApiV1Model"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/models": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Model versions with their states */
        readonly get: operations["getApiV1Models"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/models/versions/{version}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * One version: its training by epoch, and its calibration on held-out images
         * From its manifest.
         */
        readonly get: operations["getApiV1ModelsVersionsVersion"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/models/rollout": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Rollout state: candidate compared with the active version */
        readonly get: operations["getApiV1ModelsRollout"];
        readonly put?: never;
        /**
         * Start a canary with a share of the keys, or a shadow of all messages
         * Answers when the candidate gets images. It must pass the same checks as a loaded version. Predictions of a canary are published; those of a shadow are compared, and disagreements are published to their own topic. Loading the version promotes it and ends the rollout.
         */
        readonly post: operations["postApiV1ModelsRollout"];
        /** Stop the rollout; all messages go to the active version */
        readonly delete: operations["deleteApiV1ModelsRollout"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/classify": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Classify one image
         * Without a specific content type the format is detected. Raw pixels have height × width × channels bytes of the model (GET /api/v1/model), row-major, channels interleaved; an image file or JSON of that length is still read as such.
         */
        readonly post: operations["postApiV1Classify"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/explain": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Explain one prediction with an occlusion map
         * Of a stored prediction (`id`), or of an image as for POST /api/v1/classify. A patch covers one part of the image after the other, at 12 × 12 places at most, and the map shows how far the score of the class falls. The active model computes it, one map at a time and after waiting batches, in about 3 s at most. Up to three more requests wait for it.
         */
        readonly post: operations["postApiV1Explain"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/requests": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Publish one image to the input topic
         * Requires requests.enabled. Answers 202 with the id, after the broker confirmed the message; with wait, 200 with the prediction if it arrives in time. A repeated request with the same id is not published again while it is known. With callback, the answer is posted to that address, signed (Standard Webhooks).
         */
        readonly post: operations["postApiV1Requests"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/requests/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Answer to a request: its prediction, or why there is none
         * 200 with the prediction or the error, 202 while it is pending. With Accept: text/event-stream, one event named answer.
         */
        readonly get: operations["getApiV1RequestsId"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/steering": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** State of the stream: running, paused by whom, rate limit */
        readonly get: operations["getApiV1Steering"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/steering/log": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Audit log: who changed the stream, when and why
         * Pass next as before to get the next page. The last 500 changes are kept in memory.
         */
        readonly get: operations["getApiV1SteeringLog"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/steering/pause": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Pause the stream: nothing more is taken from the broker
         * Messages in flight are finished. The process stays ready, keeps its partitions, and still classifies over HTTP. On Pub/Sub, leased messages are returned, and other readers receive them. A restart ends the pause.
         */
        readonly post: operations["postApiV1SteeringPause"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/steering/resume": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Continue a paused stream */
        readonly post: operations["postApiV1SteeringResume"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/steering/rate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Limit the images taken per second until the next restart */
        readonly post: operations["postApiV1SteeringRate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/steering/seek": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Move the position of the stream, back or forward
         * Messages in flight are finished first; a paused stream stays paused. On Kafka the partitions of this process move, and the answer lists them. On Pub/Sub the whole subscription moves. Answers when the position is durable.
         */
        readonly post: operations["postApiV1SteeringSeek"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/steering/workers": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Change the number of worker threads, or let it follow the utilization
         * Between 1 and the number of CPU cores, or the configured number if that is larger. Answers when the threads are warm or have ended; no message is lost or delayed by more than its batch.
         */
        readonly post: operations["postApiV1SteeringWorkers"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/steering/drain": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Finish the messages in flight and end the process with exit code 0
         * As a stop signal does, within `shutdownTimeout`. It cannot be undone.
         */
        readonly post: operations["postApiV1SteeringDrain"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/labels": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Labels in force, with their images */
        readonly get: operations["getApiV1Labels"];
        readonly put?: never;
        /**
         * Label an image of the stream, or change its label
         * Answers when the broker has confirmed the message on the topic of labels. The prediction and its image must still be stored.
         */
        readonly post: operations["postApiV1Labels"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/labels/withdraw": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Withdraw the label of an image
         * Publishes a message whose label is null. The image returns to the queue.
         */
        readonly post: operations["postApiV1LabelsWithdraw"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/labels/queue": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Images that are most worth a label
         * Recent images without a label: the least certain predictions, and images that two versions labelled differently in a shadow.
         */
        readonly get: operations["getApiV1LabelsQueue"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/labels/export": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Export all labels with their images as a file
         * Newest first. The command train reads the NDJSON with --from-labels.
         */
        readonly get: operations["getApiV1LabelsExport"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/labels/log": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Audit log: who labelled, withdrew and retrained, and when
         * Pass next as before to get the next page. The last 500 changes are kept in memory.
         */
        readonly get: operations["getApiV1LabelsLog"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/labels/retraining": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The present or last training from labels, and why none can be started */
        readonly get: operations["getApiV1LabelsRetraining"];
        readonly put?: never;
        /**
         * Train a candidate from the labels
         * One at a time, in a process of its own at low priority. The candidate is written if it is better on labelled images that were held out and loses at most 0.3 points on the test images. Then it starts as a shadow, after the same checks as a loaded version.
         */
        readonly post: operations["postApiV1LabelsRetraining"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/labels/retraining/cancel": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Cancel the training; nothing is written */
        readonly post: operations["postApiV1LabelsRetrainingCancel"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/publish": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** List the publish jobs */
        readonly get: operations["getApiV1Publish"];
        readonly put?: never;
        /** Publish test images, start to end (not included) */
        readonly post: operations["postApiV1Publish"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/publish/{job}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** State and progress of a job */
        readonly get: operations["getApiV1PublishJob"];
        readonly put?: never;
        readonly post?: never;
        /** Cancel a job */
        readonly delete: operations["deleteApiV1PublishJob"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/dead-letters": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The latest dead letters of this process, newest first */
        readonly get: operations["getApiV1DeadLetters"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/dead-letters/redrive": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Redrive several dead letters; all for {} */
        readonly post: operations["postApiV1DeadLettersRedrive"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/dead-letters/{id}/redrive": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Redrive one dead letter */
        readonly post: operations["postApiV1DeadLettersIdRedrive"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/dead-letters/{id}/edit": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Redrive one dead letter with another value and other headers
         * The key, the id of the prediction and the redrive count stay.
         */
        readonly post: operations["postApiV1DeadLettersIdEdit"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/dead-letters/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One dead letter with its original message */
        readonly get: operations["getApiV1DeadLettersId"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Events raised by rules, newest first
         * Pass next as before to get the next page.
         */
        readonly get: operations["getApiV1Events"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/events/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One event */
        readonly get: operations["getApiV1EventsId"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/events/{id}/{name}.png": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Image of an event, or an image derived from it */
        readonly get: operations["getApiV1EventsIdNamePng"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The numbered alerts, newest first
         * Pass next as before to get the next page.
         */
        readonly get: operations["getApiV1Alerts"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/{number}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One alert by its number */
        readonly get: operations["getApiV1AlertsNumber"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/{number}/ack": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Acknowledge an alert; the first acknowledgement is kept */
        readonly post: operations["postApiV1AlertsNumberAck"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Server metadata */
        readonly get: operations["getV2"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/models/{model}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Model metadata */
        readonly get: operations["getV2ModelsModel"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/models/{model}/versions/{version}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Model metadata */
        readonly get: operations["getV2ModelsModelVersionsVersion"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/models/{model}/ready": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether the model is ready */
        readonly get: operations["getV2ModelsModelReady"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/models/{model}/versions/{version}/ready": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether the model is ready */
        readonly get: operations["getV2ModelsModelVersionsVersionReady"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/models/{model}/infer": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Classify images
         * One input, image, of the shape in the model metadata. UINT8: pixels from 0 to 255. FP32: what the model is fed after its preprocessing, in its own layout. BYTES: PNG, JPEG or WebP files, as base64 in JSON. FP32 reaches the model unchanged, always in fp32. It is rounded to the nearest pixel for a Fashion-MNIST model of pixels / 255, a model of integers, and a function. The body has at most 16 MiB, and its JSON at most 4 MiB or one image as text. Inference-Header-Content-Length is the length of the JSON before binary tensors; the answer may have the same form.
         */
        readonly post: operations["postV2ModelsModelInfer"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/models/{model}/versions/{version}/infer": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Classify images
         * One input, image, of the shape in the model metadata. UINT8: pixels from 0 to 255. FP32: what the model is fed after its preprocessing, in its own layout. BYTES: PNG, JPEG or WebP files, as base64 in JSON. FP32 reaches the model unchanged, always in fp32. It is rounded to the nearest pixel for a Fashion-MNIST model of pixels / 255, a model of integers, and a function. The body has at most 16 MiB, and its JSON at most 4 MiB or one image as text. Inference-Header-Content-Length is the length of the JSON before binary tensors; the answer may have the same form.
         */
        readonly post: operations["postV2ModelsModelVersionsVersionInfer"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/repository/index": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** List the versions in the model folder */
        readonly post: operations["postV2RepositoryIndex"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/repository/models/{model}/load": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Load a version (default: the newest)
         * Answers when the version is active. A version that is incomplete, incompatible, less accurate or slower than allowed is refused with the reason, and the previous version stays active. Requires --model-control poll or explicit.
         */
        readonly post: operations["postV2RepositoryModelsModelLoad"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/repository/models/{model}/versions/{version}/load": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Load a version (default: the newest)
         * Answers when the version is active. A version that is incomplete, incompatible, less accurate or slower than allowed is refused with the reason, and the previous version stays active. Requires --model-control poll or explicit.
         */
        readonly post: operations["postV2RepositoryModelsModelVersionsVersionLoad"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/repository/models/{model}/unload": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Roll back to the previous version
         * Answers with the version that is active afterwards: immediately if the previous version is warm, otherwise once it is loaded.
         */
        readonly post: operations["postV2RepositoryModelsModelUnload"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/repository/models/{model}/versions/{version}/unload": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Roll back to the previous version
         * Answers with the version that is active afterwards: immediately if the previous version is warm, otherwise once it is loaded.
         */
        readonly post: operations["postV2RepositoryModelsModelVersionsVersionUnload"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/models/{model}:predict": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Classify images
         * Numbers are what the model is fed after its preprocessing, in its own shape (see the metadata), such as pixels / 255 as 28 × 28 × 1, 28 × 28 or 784 numbers. They are treated like FP32 tensors of /v2. {"b64": …} is a PNG, JPEG or WebP file or raw pixels. The content type is ignored.
         */
        readonly post: operations["postV1ModelsModelPredict"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/models/{model}/versions/{version}:predict": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Classify images
         * Numbers are what the model is fed after its preprocessing, in its own shape (see the metadata), such as pixels / 255 as 28 × 28 × 1, 28 × 28 or 784 numbers. They are treated like FP32 tensors of /v2. {"b64": …} is a PNG, JPEG or WebP file or raw pixels. The content type is ignored.
         */
        readonly post: operations["postV1ModelsModelVersionsVersionPredict"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/models/{model}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Model status */
        readonly get: operations["getV1ModelsModel"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/models/{model}/versions/{version}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Model status */
        readonly get: operations["getV1ModelsModelVersionsVersion"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/models/{model}/metadata": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Model metadata */
        readonly get: operations["getV1ModelsModelMetadata"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/models/{model}/versions/{version}/metadata": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Model metadata */
        readonly get: operations["getV1ModelsModelVersionsVersionMetadata"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/memory/push-to-consumer": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Publish test images and optionally wait for the predictions
         * With wait=true it answers 200 with the predictions within 5 minutes, otherwise 202 with the job.
         */
        readonly get: operations["getMemoryPushToConsumer"];
        readonly put?: never;
        /**
         * Publish test images and optionally wait for the predictions
         * With wait=true it answers 200 with the predictions within 5 minutes, otherwise 202 with the job.
         */
        readonly post: operations["postMemoryPushToConsumer"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/kafka/push-to-consumer": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Publish test images and optionally wait for the predictions
         * With wait=true it answers 200 with the predictions within 5 minutes, otherwise 202 with the job.
         */
        readonly get: operations["getKafkaPushToConsumer"];
        readonly put?: never;
        /**
         * Publish test images and optionally wait for the predictions
         * With wait=true it answers 200 with the predictions within 5 minutes, otherwise 202 with the job.
         */
        readonly post: operations["postKafkaPushToConsumer"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/pubsub/push-to-consumer": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Publish test images and optionally wait for the predictions
         * With wait=true it answers 200 with the predictions within 5 minutes, otherwise 202 with the job.
         */
        readonly get: operations["getPubsubPushToConsumer"];
        readonly put?: never;
        /**
         * Publish test images and optionally wait for the predictions
         * With wait=true it answers 200 with the predictions within 5 minutes, otherwise 202 with the job.
         */
        readonly post: operations["postPubsubPushToConsumer"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/openapi.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** OpenAPI 3.1 document */
        readonly get: operations["getOpenapiJson"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/docs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** API documentation */
        readonly get: operations["getDocs"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/alerts/{number}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Redirects to the alert on the page */
        readonly get: operations["getAlertsNumber"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Dashboard */
        readonly get: operations["get"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly Model: {
            readonly name: string;
            readonly version: number;
            /** SHA-256 of the weights. */
            readonly sha256: string;
            readonly runtime: "onnx" | "tfjs-node" | "tfjs-wasm" | "function";
            readonly precision: "fp32" | "int8";
        };
        readonly ModelVersion: {
            readonly name: string;
            readonly version: number;
            readonly state: "serving" | "standby" | "canary" | "shadow" | "loading" | "available" | "refused" | "withdrawn";
            /** Why the version was refused or rolled back. */
            readonly reason: string | null;
            /** Accuracy from the manifest. */
            readonly accuracy: number | null;
            readonly created: string | null;
            /** SHA-256 of the weights. */
            readonly sha256: string | null;
            /** Measured here before the version was accepted or refused. */
            readonly score: {
                /** Accuracy on the held-out images. */
                readonly accuracy: number | null;
                /** Shortest measured time of a batch. */
                readonly batchMs: number;
                readonly batchSize: number;
            } | null;
        };
        readonly ActiveModel: {
            readonly model: components["schemas"]["Model"];
            /**
             * function: a function of the embedding program.
             */
            readonly kind: "layers" | "graph" | "onnx" | "function";
            readonly width: number;
            readonly height: number;
            /** 1: grey. 3: red, green, blue. */
            readonly channels: 1 | 3;
            /**
             * Whether pictures are inverted, unless inference.invert is set.
             */
            readonly invert: "auto" | "always" | "never";
            /** Class names; the position is the label. */
            readonly labels: readonly string[];
            /** Version of the schema of its predictions. */
            readonly predictionVersion: 1 | 2;
            /** Classes in a prediction, best first; null: all of them. */
            readonly top: number | null;
            /**
             * boxes: the model finds objects; the last label is of images without any.
             */
            readonly output: "scores" | "boxes";
            /** The scores do not add up to 1: several labels may be true at once. */
            readonly independent: boolean;
        };
        readonly Drift: {
            readonly model: components["schemas"]["Model"] | null;
            /** Measured on images that the model was not trained on; null if the model has none. */
            readonly baseline: {
                readonly images: number;
                readonly accuracy: number;
                /** Share of each class. */
                readonly classes: readonly number[];
                readonly confidence: {
                    readonly edges: readonly number[];
                    readonly shares: readonly number[];
                };
                /** Mean pixel of an image, 0–255. */
                readonly brightness: {
                    readonly mean: number;
                    readonly deviation: number;
                };
                /** Standard deviation of the pixels of an image. */
                readonly contrast: {
                    readonly mean: number;
                    readonly deviation: number;
                };
                readonly reliability: readonly {
                    readonly images: number;
                    readonly confidence: number;
                    readonly accuracy: number;
                }[];
                readonly calibration: {
                    /** softmax(log p / temperature) calibrates the model. */
                    readonly temperature: number;
                    readonly error: number;
                    readonly calibratedError: number;
                    readonly logLoss: number;
                    readonly calibratedLogLoss: number;
                };
            } | null;
            /** Drift rules that cannot fire, because the model has no baseline. */
            readonly silentRules?: readonly string[];
            /** Predictions per block. */
            readonly samples: number;
            /** An index above this is serious drift. */
            readonly above: number;
            /** Predictions in the current, incomplete block. */
            readonly filling: number;
            /** The latest full block, with the measure furthest above its limit. */
            readonly latest: {
                readonly measure: "classes" | "confidence" | "brightness" | "contrast";
                /** Population stability index; 0 means identical distributions. */
                readonly index: number;
                /** Above it the difference is larger than chance explains. */
                readonly limit: number;
                readonly samples: number;
                /** Share of each class. */
                readonly shares: readonly number[];
                /** Share of each class. */
                readonly expected: readonly number[];
                readonly measures: readonly {
                    readonly measure: "classes" | "confidence" | "brightness" | "contrast";
                    /** Population stability index; 0 means identical distributions. */
                    readonly index: number;
                    /** Above it the difference is larger than chance explains. */
                    readonly limit: number;
                }[];
                /** Format: date-time */
                readonly at: string;
            } | null;
            /** At most 60 blocks, oldest first. */
            readonly history: readonly {
                /** Format: date-time */
                readonly at: string;
                readonly measures: readonly {
                    readonly measure: "classes" | "confidence" | "brightness" | "contrast";
                    /** Population stability index; 0 means identical distributions. */
                    readonly index: number;
                    /** Above it the difference is larger than chance explains. */
                    readonly limit: number;
                }[];
            }[];
        };
        readonly Prediction: {
            /** 1: Fashion-MNIST's classes. 2: the classes of another model. */
            readonly schemaVersion: 1 | 2;
            /** The same input always has the same id. */
            readonly id: string;
            /** Position of the class in the labels of the model. */
            readonly label: number;
            /** Name of the class in the labels of the model. */
            readonly className: string;
            /** Score of the label, 0 to 1. */
            readonly confidence: number;
            /**
             * The scores do not add up to 1: several labels may be true at once.
             */
            readonly independent?: true;
            /** Scores by label, 0 to 1; absent with top and objects. */
            readonly probabilities?: readonly number[];
            /** The best classes of a model with many, best first. */
            readonly top?: readonly {
                /** Position of the class in the labels of the model. */
                readonly label: number;
                /** Name of the class in the labels of the model. */
                readonly className: string;
                readonly confidence: number;
            }[];
            /** The objects in the image, best first, of a model that finds objects. */
            readonly objects?: readonly {
                /** Position of the class in the labels of the model. */
                readonly label: number;
                /** Name of the class in the labels of the model. */
                readonly className: string;
                readonly confidence: number;
                /** Left, top, width and height, in pixels of the upright image as it was sent. */
                readonly box: readonly [
                    number,
                    number,
                    number,
                    number
                ];
            }[];
            /** The upright image that the boxes refer to; present with objects. */
            readonly frame?: {
                readonly width: number;
                readonly height: number;
                /** The model's input in the same pixels. */
                readonly view: readonly [
                    number,
                    number,
                    number,
                    number
                ];
            };
            /** The label that the message carried. */
            readonly truth?: number;
            readonly correct?: boolean;
            readonly model: components["schemas"]["Model"];
            readonly source: {
                /** memory, kafka, pubsub, or http for an image sent to /api/v1/classify. */
                readonly broker: string;
                readonly topic: string;
                readonly partition: number | null;
                readonly offset: string | null;
                readonly key: string | null;
                /** Format: date-time */
                readonly timestamp: string;
            };
            readonly timing: {
                readonly queueMs: number;
                readonly inferenceMs: number;
                readonly totalMs: number;
                readonly batchSize: number;
            };
            /** Format: date-time */
            readonly predictedAt: string;
        };
        readonly StoredPrediction: {
            /** Position in the results store. */
            readonly seq: number;
            /** 1: Fashion-MNIST's classes. 2: the classes of another model. */
            readonly schemaVersion: 1 | 2;
            /** The same input always has the same id. */
            readonly id: string;
            /** Position of the class in the labels of the model. */
            readonly label: number;
            /** Name of the class in the labels of the model. */
            readonly className: string;
            /** Score of the label, 0 to 1. */
            readonly confidence: number;
            /**
             * The scores do not add up to 1: several labels may be true at once.
             */
            readonly independent?: true;
            /** Scores by label, 0 to 1; absent with top and objects. */
            readonly probabilities?: readonly number[];
            /** The best classes of a model with many, best first. */
            readonly top?: readonly {
                /** Position of the class in the labels of the model. */
                readonly label: number;
                /** Name of the class in the labels of the model. */
                readonly className: string;
                readonly confidence: number;
            }[];
            /** The objects in the image, best first, of a model that finds objects. */
            readonly objects?: readonly {
                /** Position of the class in the labels of the model. */
                readonly label: number;
                /** Name of the class in the labels of the model. */
                readonly className: string;
                readonly confidence: number;
                /** Left, top, width and height, in pixels of the upright image as it was sent. */
                readonly box: readonly [
                    number,
                    number,
                    number,
                    number
                ];
            }[];
            /** The upright image that the boxes refer to; present with objects. */
            readonly frame?: {
                readonly width: number;
                readonly height: number;
                /** The model's input in the same pixels. */
                readonly view: readonly [
                    number,
                    number,
                    number,
                    number
                ];
            };
            /** The label that the message carried. */
            readonly truth?: number;
            readonly correct?: boolean;
            readonly model: components["schemas"]["Model"];
            readonly source: {
                /** memory, kafka, pubsub, or http for an image sent to /api/v1/classify. */
                readonly broker: string;
                readonly topic: string;
                readonly partition: number | null;
                readonly offset: string | null;
                readonly key: string | null;
                /** Format: date-time */
                readonly timestamp: string;
            };
            readonly timing: {
                readonly queueMs: number;
                readonly inferenceMs: number;
                readonly totalMs: number;
                readonly batchSize: number;
            };
            /** Format: date-time */
            readonly predictedAt: string;
            /** The image file of the message, upright; absent for raw pixels. */
            readonly original?: {
                readonly format: "png" | "jpeg" | "webp";
                readonly width: number;
                readonly height: number;
            };
        };
        readonly Classified: {
            /** 1: Fashion-MNIST's classes. 2: the classes of another model. */
            readonly schemaVersion: 1 | 2;
            /** The same input always has the same id. */
            readonly id: string;
            /** Position of the class in the labels of the model. */
            readonly label: number;
            /** Name of the class in the labels of the model. */
            readonly className: string;
            /** Score of the label, 0 to 1. */
            readonly confidence: number;
            /**
             * The scores do not add up to 1: several labels may be true at once.
             */
            readonly independent?: true;
            /** Scores by label, 0 to 1; absent with top and objects. */
            readonly probabilities?: readonly number[];
            /** The best classes of a model with many, best first. */
            readonly top?: readonly {
                /** Position of the class in the labels of the model. */
                readonly label: number;
                /** Name of the class in the labels of the model. */
                readonly className: string;
                readonly confidence: number;
            }[];
            /** The objects in the image, best first, of a model that finds objects. */
            readonly objects?: readonly {
                /** Position of the class in the labels of the model. */
                readonly label: number;
                /** Name of the class in the labels of the model. */
                readonly className: string;
                readonly confidence: number;
                /** Left, top, width and height, in pixels of the upright image as it was sent. */
                readonly box: readonly [
                    number,
                    number,
                    number,
                    number
                ];
            }[];
            /** The upright image that the boxes refer to; present with objects. */
            readonly frame?: {
                readonly width: number;
                readonly height: number;
                /** The model's input in the same pixels. */
                readonly view: readonly [
                    number,
                    number,
                    number,
                    number
                ];
            };
            /** The label that the message carried. */
            readonly truth?: number;
            readonly correct?: boolean;
            readonly model: components["schemas"]["Model"];
            readonly source: {
                /** memory, kafka, pubsub, or http for an image sent to /api/v1/classify. */
                readonly broker: string;
                readonly topic: string;
                readonly partition: number | null;
                readonly offset: string | null;
                readonly key: string | null;
                /** Format: date-time */
                readonly timestamp: string;
            };
            readonly timing: {
                readonly queueMs: number;
                readonly inferenceMs: number;
                readonly totalMs: number;
                readonly batchSize: number;
            };
            /** Format: date-time */
            readonly predictedAt: string;
            /** The image file of the message, upright; absent for raw pixels. */
            readonly original?: {
                readonly format: "png" | "jpeg" | "webp";
                readonly width: number;
                readonly height: number;
            };
            /** base64 of the pixels that the model saw, height × width × channels bytes; with pixels=true. */
            readonly pixels?: string;
        };
        readonly Event: {
            readonly schemaVersion: 1;
            readonly seq: number;
            readonly id: string;
            readonly rule: string;
            readonly kind: "label" | "low-confidence" | "wrong" | "rate" | "objects" | "dead-letters" | "drift";
            readonly severity: "info" | "warning" | "critical";
            readonly description: string;
            /** Format: date-time */
            readonly at: string;
            /** Matches when the event was raised. */
            readonly count: number;
            /** All matches so far. */
            readonly matches: number;
            /**
             * Format: date-time
             * Latest match.
             */
            readonly lastAt: string;
            /** Alert number; null if the event is not an alert. */
            readonly alert: number | null;
            readonly acknowledged: {
                /** Format: date-time */
                readonly at: string;
                readonly by: string;
                readonly note: string;
            } | null;
            readonly images: {
                readonly image: boolean;
                readonly enlarged: boolean;
                readonly occlusion: boolean;
            };
            /** The prediction that raised the event. */
            readonly prediction?: components["schemas"]["Prediction"];
            /** The dead letter that raised the event. */
            readonly deadLetter?: {
                readonly sourceId: string;
                readonly code: "EMPTY" | "NOT_AN_IMAGE" | "UNSUPPORTED_FORMAT" | "TOO_LARGE_BYTES" | "TOO_LARGE_PIXELS" | "CORRUPT" | "BAD_ENVELOPE" | "SCHEMA_UNKNOWN" | "MODEL_UNKNOWN" | "RECORD_INVALID" | "DECODE_TIMEOUT" | "WORKER_CRASH" | "WORKER_TIMEOUT" | "PROCESS_CRASH" | "REMOTE_REFUSED" | "REMOTE_FAILED" | "OUTPUT_INVALID" | "REFERENCE_INVALID" | "REFERENCE_FORBIDDEN" | "REFERENCE_NOT_FOUND" | "REFERENCE_REFUSED" | "REFERENCE_TOO_LARGE" | "REFERENCE_TIMEOUT" | "REFERENCE_FAILED" | "OUTCOME_TOO_LARGE" | "DESERIALIZE_FAILED" | "HANDLER_FAILED" | "HANDLER_TIMEOUT";
                readonly message: string;
            };
            readonly drift?: {
                readonly measure: "classes" | "confidence" | "brightness" | "contrast";
                /** Population stability index; 0 means identical distributions. */
                readonly index: number;
                /** Above it the difference is larger than chance explains. */
                readonly limit: number;
                readonly samples: number;
                /** Share of each class. */
                readonly shares: readonly number[];
                /** Share of each class. */
                readonly expected: readonly number[];
                readonly measures: readonly {
                    readonly measure: "classes" | "confidence" | "brightness" | "contrast";
                    /** Population stability index; 0 means identical distributions. */
                    readonly index: number;
                    /** Above it the difference is larger than chance explains. */
                    readonly limit: number;
                }[];
            };
        };
        readonly Rule: {
            readonly name: string;
            readonly kind: "label" | "low-confidence" | "wrong" | "rate" | "objects" | "dead-letters" | "drift";
            readonly severity: "info" | "warning" | "critical";
            readonly alert: boolean;
        };
        readonly Settings: {
            readonly settings: readonly {
                /** Dotted, as in the configuration file. */
                readonly path: string;
                /** As text; (not set) if there is none, (masked) for a secret. */
                readonly value: string;
                readonly source: "default" | "file" | "environment" | "flag";
                readonly description?: string;
            }[];
        };
        readonly DeadLetter: {
            readonly seq: number;
            /** Source id of the message. */
            readonly id: string;
            /** Error code. */
            readonly code: string;
            readonly message: string;
            readonly stage: string;
            readonly attempts: number;
            /** ISO 8601. */
            readonly failedAt: string;
            /** name@version; null if no model was loaded. */
            readonly model: string | null;
            readonly source: {
                readonly topic: string;
                readonly partition: number | null;
                readonly offset: string | null;
            };
            readonly redriveCount: number;
            /** Length of the original value, also if only its beginning was kept. */
            readonly valueBytes: number;
            /** Whether the whole original was kept, as redriving requires. */
            readonly complete: boolean;
            readonly key: string | null;
            /** ISO 8601; null until it is redriven over HTTP. */
            readonly redrivenAt: string | null;
        };
        readonly DeadLetterDetail: {
            readonly seq: number;
            /** Source id of the message. */
            readonly id: string;
            /** Error code. */
            readonly code: string;
            readonly message: string;
            readonly stage: string;
            readonly attempts: number;
            /** ISO 8601. */
            readonly failedAt: string;
            /** name@version; null if no model was loaded. */
            readonly model: string | null;
            readonly source: {
                readonly topic: string;
                readonly partition: number | null;
                readonly offset: string | null;
            };
            readonly redriveCount: number;
            /** Length of the original value, also if only its beginning was kept. */
            readonly valueBytes: number;
            /** Whether the whole original was kept, as redriving requires. */
            readonly complete: boolean;
            readonly key: string | null;
            /** ISO 8601; null until it is redriven over HTTP. */
            readonly redrivenAt: string | null;
            readonly headers: readonly (readonly [
                string,
                string
            ])[];
            /** base64; only the beginning if the dead letter is incomplete. */
            readonly value: string;
        };
        readonly Explanation: {
            /** Position of the class in the labels of the model. */
            readonly label: number;
            /** Name of the class in the labels of the model. */
            readonly className: string;
            readonly model: components["schemas"]["Model"];
            /** Score of the class for the whole image. */
            readonly score: number;
            /** Its lowest score while a part of the image is covered. */
            readonly lowest: number;
            /** Share of each ninth of the image in the importance, from the upper left; all 0 if no part matters. */
            readonly regions: readonly number[];
            /** The map in words. */
            readonly summary: string;
            /** PNG, base64: the image, darkened, with the parts in red to yellow whose covering lowers the score of the class. */
            readonly heatMap: string;
        };
        readonly StreamPause: {
            /** Name that the request gave. */
            readonly by: string;
            /**
             * Where the request came from.
             */
            readonly via: "page" | "api" | "ctl";
            /** Empty if none was given. */
            readonly reason: string;
            /** Format: date-time */
            readonly since: string;
        };
        readonly Steering: {
            readonly state: "starting" | "running" | "paused" | "draining";
            /** null while the stream runs. */
            readonly paused: components["schemas"]["StreamPause"] | null;
            /** Largest number of images taken per second; null without a limit. */
            readonly rate: number | null;
            /** Messages taken and not yet acknowledged. */
            readonly inFlight: number;
            /** The position is being moved; nothing is taken meanwhile. */
            readonly seeking: boolean;
            /** Worker threads; null where their number cannot be changed. */
            readonly workers: {
                readonly now: number;
                readonly most: number;
                /**
                 * auto: the number follows the utilization.
                 */
                readonly mode: "auto" | "fixed";
            } | null;
        };
        readonly SteeringEntry: {
            readonly number: number;
            /** Format: date-time */
            readonly at: string;
            readonly action: "pause" | "resume" | "rate" | "workers" | "seek" | "drain" | "label" | "withdraw label" | "retrain" | "cancel retraining";
            /** Name that the request gave. */
            readonly by: string;
            /**
             * Where the request came from.
             */
            readonly via: "page" | "api" | "ctl";
            /** Network address of the client. */
            readonly address: string | null;
            /** Empty if none was given. */
            readonly reason: string;
            /** Requested value; empty for actions without one. */
            readonly detail: string;
            /**
             * pending: in progress, or the process died during it.
             */
            readonly outcome: "pending" | "done" | "failed";
            /** Effect, or the error; empty while pending. */
            readonly result: string;
        };
        readonly Health: {
            readonly ready: boolean;
            /** Why the process is not ready; empty when it is. */
            readonly reasons: readonly string[];
            readonly source: {
                readonly state: "connecting" | "up" | "down" | "closed";
                /** Why the connection is not up. */
                readonly reason?: string;
            };
            readonly sink: {
                readonly state: "connecting" | "up" | "down" | "closed";
                /** Why the connection is not up. */
                readonly reason?: string;
            };
            /** Set while an operator has paused the stream. */
            readonly paused?: components["schemas"]["StreamPause"];
            /** Each model, in a process with several. */
            readonly models?: readonly {
                readonly name: string;
                readonly ready: boolean;
                readonly reasons: readonly string[];
            }[];
            /** Only while the broker cannot be reached. */
            readonly outage?: {
                /** ms since 1970. */
                readonly since: number;
                readonly reason: string;
            };
        };
        readonly ResultsStore: {
            /**
             * sqlite, postgres: results are kept across restarts; postgres: of several processes.
             */
            readonly kind: "sqlite" | "postgres" | "memory";
            /** Path or URL of the database; null when the store is off. */
            readonly path: string | null;
            /** Why an enabled store does not work; null when it does. */
            readonly alarm: string | null;
            /** Predictions waiting to be stored. */
            readonly queued: number;
            /** Images that were not stored because the store was behind. */
            readonly shedImages: number;
            /** Predictions that were not stored because the store was behind. */
            readonly shedRows: number;
        };
        readonly PredictedClass: {
            /** Position of the class in the labels of the model. */
            readonly label: number;
            /** Name of the class in the labels of the model. */
            readonly className: string;
            readonly confidence: number;
            readonly model: {
                readonly name: string;
                readonly version: number;
            };
        };
        readonly ImageLabel: {
            /** Position among the labels. */
            readonly seq: number;
            readonly schemaVersion: 1;
            /** Id of the prediction. */
            readonly id: string;
            /** Position of the class in the labels of the model. */
            readonly label: number;
            /** Name of the class in the labels of the model. */
            readonly className: string;
            readonly predicted: components["schemas"]["PredictedClass"];
            readonly source: {
                /** memory, kafka, pubsub, or http for an image sent to /api/v1/classify. */
                readonly broker: string;
                readonly topic: string;
                readonly partition: number | null;
                readonly offset: string | null;
                readonly key: string | null;
                /** Format: date-time */
                readonly timestamp: string;
            };
            readonly image: {
                readonly width: number;
                readonly height: number;
                readonly channels: 1 | 3;
                /**
                 * Format: base64
                 * Rows of bytes, channels interleaved.
                 */
                readonly pixels: string;
            };
            /** Name that the request gave. */
            readonly by: string;
            readonly via: "page" | "api" | "ctl";
            /** Format: date-time */
            readonly at: string;
        };
        readonly Retraining: {
            /** Why no training can be started here; null if one can. */
            readonly off: string | null;
            /** The present or last training; null without one. */
            readonly job: {
                readonly phase: "training" | "offered" | "ready" | "refused" | "failed" | "cancelled";
                readonly by: string;
                /** Format: date-time */
                readonly startedAt: string;
                readonly endedAt: string | null;
                readonly labels: number;
                /** Version that it started from. */
                readonly base: number;
                /** Version that it writes. */
                readonly version: number;
                /** Completed epochs. */
                readonly epoch: number;
                /** 0 until it is known. */
                readonly epochs: number;
                readonly comparison: {
                    readonly testImages: number;
                    readonly heldOutImages: number;
                    readonly base: {
                        /** Accuracy on the test images without a label. */
                        readonly test: number;
                        /** Accuracy on labelled images that were held out of the training. */
                        readonly heldOut: number;
                    };
                    readonly candidate: {
                        /** Accuracy on the test images without a label. */
                        readonly test: number;
                        /** Accuracy on labelled images that were held out of the training. */
                        readonly heldOut: number;
                    };
                } | null;
                /** What happened; empty during the training. */
                readonly message: string;
            } | null;
        };
        readonly Confusion: {
            readonly classes: readonly string[];
            /** Row = actual, column = predicted; empty for more than 50 classes. */
            readonly matrix: readonly (readonly number[])[];
            /** The most frequent confusions, at most 100. */
            readonly pairs: readonly {
                /** Position of the class in the labels of the model. */
                readonly truth: number;
                /** Position of the class in the labels of the model. */
                readonly label: number;
                readonly count: number;
            }[];
            /** Labelled predictions. */
            readonly judged: number;
            readonly correct: number;
            readonly perClass: readonly {
                /** Position of the class in the labels of the model. */
                readonly label: number;
                /** Name of the class in the labels of the model. */
                readonly className: string;
                readonly support: number;
                readonly precision: number | null;
                readonly recall: number | null;
                readonly f1: number | null;
            }[];
            /** Equal bins of confidence, lowest first. */
            readonly confidence: readonly {
                readonly from: number;
                readonly to: number;
                readonly count: number;
                readonly judged: number;
                readonly correct: number;
                readonly meanConfidence: number;
            }[];
        };
        readonly Training: {
            readonly model: components["schemas"]["Model"] | null;
            /** In order; empty if the training is unknown. */
            readonly epochs: readonly {
                readonly epoch: number;
                readonly loss: number;
                readonly accuracy: number;
                /** On the held-out images. */
                readonly validationLoss: number;
                readonly validationAccuracy: number;
            }[];
        };
        readonly History: {
            /** Oldest first, without gaps. */
            readonly minutes: readonly {
                /** Format: date-time */
                readonly at: string;
                readonly predictions: number;
                readonly judged: number;
                readonly correct: number;
                readonly deadLetters: number;
            }[];
        };
        readonly VersionDetails: {
            readonly version: components["schemas"]["ModelVersion"];
            /** In order; empty if the training is unknown. */
            readonly training: readonly {
                readonly epoch: number;
                readonly loss: number;
                readonly accuracy: number;
                /** On the held-out images. */
                readonly validationLoss: number;
                readonly validationAccuracy: number;
            }[];
            /** Measured on images that the model was not trained on; null if the version has none. */
            readonly baseline: {
                readonly images: number;
                readonly accuracy: number;
                /** Share of each class. */
                readonly classes: readonly number[];
                readonly confidence: {
                    readonly edges: readonly number[];
                    readonly shares: readonly number[];
                };
                /** Mean pixel of an image, 0–255. */
                readonly brightness: {
                    readonly mean: number;
                    readonly deviation: number;
                };
                /** Standard deviation of the pixels of an image. */
                readonly contrast: {
                    readonly mean: number;
                    readonly deviation: number;
                };
                readonly reliability: readonly {
                    readonly images: number;
                    readonly confidence: number;
                    readonly accuracy: number;
                }[];
                readonly calibration: {
                    /** softmax(log p / temperature) calibrates the model. */
                    readonly temperature: number;
                    readonly error: number;
                    readonly calibratedError: number;
                    readonly logLoss: number;
                    readonly calibratedLogLoss: number;
                };
            } | null;
        };
        readonly ModelMetadata: {
            readonly name: string;
            readonly versions: readonly string[];
            readonly platform: string;
            readonly inputs: readonly {
                readonly name: string;
                readonly datatype: string;
                readonly shape: readonly number[];
            }[];
            readonly outputs: readonly {
                readonly name: string;
                readonly datatype: string;
                readonly shape: readonly number[];
            }[];
            readonly parameters: {
                readonly runtime: string;
                readonly precision: string;
                readonly sha256: string;
                /** Order of the numbers of an FP32 tensor: nhwc or nchw. */
                readonly layout: string;
                /** Shape of an FP32 tensor, -1 for the number of images. */
                readonly fp32_shape: string;
            };
        };
        readonly InferAnswer: {
            readonly model_name: string;
            readonly model_version: string;
            readonly id?: string;
            readonly outputs: readonly {
                readonly name: string;
                readonly datatype: string;
                readonly shape: readonly number[];
                readonly data?: readonly (number | string)[];
            }[];
        };
        /** RFC 9457. */
        readonly Problem: {
            /** urn:stream-infer:error: followed by the code. */
            readonly type: string;
            readonly title: string;
            readonly status: number;
            readonly detail: string;
            readonly code: "EMPTY" | "NOT_AN_IMAGE" | "UNSUPPORTED_FORMAT" | "TOO_LARGE_BYTES" | "TOO_LARGE_PIXELS" | "CORRUPT" | "BAD_ENVELOPE" | "SCHEMA_UNKNOWN" | "RECORD_INVALID" | "DECODE_TIMEOUT" | "WORKER_CRASH" | "WORKER_TIMEOUT" | "PROCESS_CRASH" | "REMOTE_REFUSED" | "REMOTE_FAILED" | "OUTPUT_INVALID" | "REFERENCE_INVALID" | "REFERENCE_FORBIDDEN" | "REFERENCE_NOT_FOUND" | "REFERENCE_REFUSED" | "REFERENCE_TOO_LARGE" | "REFERENCE_TIMEOUT" | "REFERENCE_FAILED" | "OUTCOME_TOO_LARGE" | "DESERIALIZE_FAILED" | "HANDLER_FAILED" | "HANDLER_TIMEOUT" | "MODEL_UNKNOWN" | "USAGE" | "CONFIG_INVALID" | "UNKNOWN_BROKER" | "DEPENDENCY_MISSING" | "MODEL_MISSING" | "MODEL_CORRUPT" | "INT8_INACCURATE" | "MODEL_REFUSED" | "MODEL_UNAVAILABLE" | "MODEL_BUSY" | "MODEL_UNSUPPORTED" | "RUNTIME_UNAVAILABLE" | "POOL_BROKEN" | "DATASET_MISSING" | "DATASET_CORRUPT" | "FILE_UNREADABLE" | "PORT_TAKEN" | "TOKEN_REQUIRED" | "BROKER_UNREACHABLE" | "BROKER_REFUSED" | "IDENTITY_UNAVAILABLE" | "IDENTITY_REFUSED" | "TOPIC_MISSING" | "PUBLISH_FAILED" | "SOURCE_LOST" | "FENCED" | "SERIALIZE_FAILED" | "MESSAGE_TOO_LARGE" | "ALREADY_SETTLED" | "DELIVERY_LOST" | "STEERING_BUSY" | "OVERLOADED" | "NOT_READY" | "MODEL_ELSEWHERE" | "TIMEOUT" | "ABORTED" | "BAD_REQUEST" | "NOT_FOUND" | "FORBIDDEN" | "UNAUTHORIZED" | "UNSUPPORTED_MEDIA_TYPE" | "LETTER_INCOMPLETE" | "ALREADY_REDRIVEN" | "REDRIVEN_TOO_OFTEN" | "INTERNAL";
            /** Also in the header X-Request-Id, and in the log for a 500. */
            readonly requestId: string;
            /** The invalid fields of the request. */
            readonly errors?: readonly {
                readonly field: string;
                /** The value sent, shortened. */
                readonly value: string;
                readonly message: string;
            }[];
        };
        /** Form of errors in the inference protocols. */
        readonly Error: {
            readonly error: string;
        };
        readonly PublishJob: {
            readonly id: string;
            readonly request: {
                readonly broker: "memory" | "kafka" | "pubsub";
                readonly split: "test" | "train";
                readonly start: number;
                /** Not included. */
                readonly end: number;
                /** Images per second; unlimited if absent. */
                readonly rate?: number;
                readonly loop?: boolean;
                readonly shuffle?: boolean;
            };
            readonly state: "running" | "done" | "cancelled" | "failed";
            readonly published: number;
            /** null for a job that loops. */
            readonly total: number | null;
            readonly error?: string;
            /** Format: date-time */
            readonly startedAt: string;
        };
        readonly PushedMessage: {
            readonly message: {
                /** base64 of the image or its JSON. */
                readonly data?: string;
                readonly attributes?: {
                    readonly [key: string]: string;
                };
                readonly messageId: string;
                readonly publishTime?: string;
                readonly orderingKey?: string;
            };
            /** projects/<project>/subscriptions/<subscription> */
            readonly subscription: string;
            readonly deliveryAttempt?: number;
        };
        readonly RequestAnswer: {
            /** Id of the message and of its prediction. */
            readonly id: string;
            readonly state: "pending" | "done" | "failed";
            /** Present when it is done. */
            readonly prediction?: components["schemas"]["Prediction"];
            /** Present when it failed. */
            readonly error?: {
                /** Code of the dead letter. */
                readonly code: string;
                readonly message: string;
            };
        };
        readonly Rollout: {
            readonly mode: "canary" | "shadow";
            readonly version: number;
            /** Share of the keys. */
            readonly share: number;
            /** Format: date-time */
            readonly since: string;
            readonly serving: {
                readonly images: number;
                /** Labelled images. */
                readonly judged: number;
                readonly correct: number;
                readonly meanConfidence: number | null;
                readonly version: number;
                /** Equal bins of confidence, lowest first. */
                readonly confidence: readonly {
                    readonly from: number;
                    readonly to: number;
                    readonly count: number;
                    readonly judged: number;
                    readonly correct: number;
                    readonly meanConfidence: number;
                }[];
                /** Images by predicted class. */
                readonly byClass: readonly number[];
            };
            readonly beside: {
                readonly images: number;
                /** Labelled images. */
                readonly judged: number;
                readonly correct: number;
                readonly meanConfidence: number | null;
                readonly version: number;
                /** Equal bins of confidence, lowest first. */
                readonly confidence: readonly {
                    readonly from: number;
                    readonly to: number;
                    readonly count: number;
                    readonly judged: number;
                    readonly correct: number;
                    readonly meanConfidence: number;
                }[];
                /** Images by predicted class. */
                readonly byClass: readonly number[];
            };
            /** Images that the shadow classified differently. */
            readonly disagreed: number;
            /** Images that the shadow skipped because it was behind. */
            readonly skipped: number;
            readonly failedBatches: number;
            readonly latest: readonly {
                readonly schemaVersion: 1;
                readonly id: string;
                readonly source: {
                    /** memory, kafka, pubsub, or http for an image sent to /api/v1/classify. */
                    readonly broker: string;
                    readonly topic: string;
                    readonly partition: number | null;
                    readonly offset: string | null;
                    readonly key: string | null;
                    /** Format: date-time */
                    readonly timestamp: string;
                };
                /** Position of the class in the labels of the model. */
                readonly truth?: number;
                readonly serving: {
                    readonly model: components["schemas"]["Model"];
                    /** Position of the class in the labels of the model. */
                    readonly label: number;
                    readonly className: string;
                    readonly confidence: number;
                };
                readonly shadow: {
                    readonly model: components["schemas"]["Model"];
                    /** Position of the class in the labels of the model. */
                    readonly label: number;
                    readonly className: string;
                    readonly confidence: number;
                };
                /** Format: date-time */
                readonly at: string;
            }[];
            /** The comparison over time: at most 60 slices, oldest first. Slices without images are left out. */
            readonly history: readonly {
                /** Format: date-time */
                readonly from: string;
                /** Format: date-time */
                readonly to: string;
                readonly serving: {
                    readonly images: number;
                    /** Labelled images. */
                    readonly judged: number;
                    readonly correct: number;
                    readonly meanConfidence: number | null;
                };
                readonly beside: {
                    readonly images: number;
                    /** Labelled images. */
                    readonly judged: number;
                    readonly correct: number;
                    readonly meanConfidence: number | null;
                };
                readonly disagreed: number;
            }[];
        };
        readonly ScaleHint: {
            /** Total number of processes required. */
            readonly replicas: number;
            /** Processes required for this process's share; null if unknown. */
            readonly load: number | null;
            readonly reason: string;
            /** `current` of the request. */
            readonly current: number;
            /** Measurements behind the hint. */
            readonly basis: {
                readonly arrivalRate: number | null;
                readonly outcomeRate: number;
                readonly lag: number | null;
                /** Images per second at full load. */
                readonly capacity: number | null;
                readonly utilization: number;
                readonly partitions: number | null;
                /** Why more processes would not help; null if they would. */
                readonly blocked: string | null;
            };
        };
        readonly PartitionLag: {
            readonly topic: string;
            readonly partition: number | null;
            readonly messages: number;
            /** Age of the oldest unread message; null if unknown. */
            readonly seconds?: number | null;
        };
        readonly Lag: {
            /** null if the broker does not report it. */
            readonly messages: number | null;
            /** Age of the oldest unread message of all partitions; null if unknown. */
            readonly seconds: number | null;
            readonly partitions: readonly {
                readonly topic: string;
                readonly partition: number | null;
                readonly messages: number;
                /** Age of the oldest unread message; null if unknown. */
                readonly seconds: number | null;
            }[];
            /** Set while an operator has paused the stream, so that the lag grows. */
            readonly paused?: components["schemas"]["StreamPause"];
        };
        readonly LoadHistory: {
            /** Oldest first; at most 1,440. */
            readonly points: readonly {
                /** End of the step, ms since 1970. */
                readonly at: number;
                /** Arriving messages per second. */
                readonly in: number;
                /** Settled messages per second. */
                readonly out: number;
                /** Arrival to broker confirmation, ms, over about a minute; the highest in the step. */
                readonly p50: number;
                readonly p99: number;
            }[];
        };
        readonly LatencyGoal: {
            readonly targetMs: number;
            /** From arrival in this process to confirmation, over the last seconds; null if unknown. */
            readonly p99Ms: number | null;
            readonly met: boolean | null;
            readonly state: "measuring" | "met" | "adjusting" | "unreachable";
            /** Largest batch. */
            readonly batch: number;
            /** Workers in use. */
            readonly workers: number;
            /** Most messages in flight. */
            readonly ahead: number;
            /** null while measuring. */
            readonly costs: {
                /** A batch of n takes perImageMs · n + fixedMs. */
                readonly perImageMs: number;
                readonly fixedMs: number | null;
                /** ms, 99th percentile. */
                readonly queueMs: number;
                /** ms, 99th percentile. */
                readonly inferenceMs: number;
                /** ms, 99th percentile. */
                readonly publishMs: number;
                /** Time in the broker, 99th percentile; not part of the goal. */
                readonly ageOnArrivalMs: number;
                readonly arrivalRate: number | null;
                /** Images per second in batches of this size, with all workers. */
                readonly capacity: number;
                readonly capacityWithoutGoal: number | null;
                /** Share of the throughput that the goal costs at full load. */
                readonly throughputLoss: number | null;
            } | null;
            /** Cost of the goal, or why it cannot be met. */
            readonly reason: string;
        };
        /** All counters since the process started. */
        readonly Stats: {
            /** Predictions since the process started. */
            readonly predictions: number;
            readonly deadLetters: number;
            /** Dead letters by error code. */
            readonly rejections: {
                readonly [key: string]: number;
            };
            /** Predictions by class name. */
            readonly classes: {
                readonly [key: string]: number;
            };
            /** Labelled predictions. */
            readonly judged: number;
            readonly correct: number;
            /** Predictions per second. */
            readonly rate: {
                readonly last1s: number;
                readonly last60s: number;
            };
            /** ms, by stage; total is arrival to broker confirmation. */
            readonly latency: {
                readonly queue: {
                    readonly p50: number;
                    readonly p95: number;
                    readonly p99: number;
                };
                readonly inference: {
                    readonly p50: number;
                    readonly p95: number;
                    readonly p99: number;
                };
                readonly publish: {
                    readonly p50: number;
                    readonly p95: number;
                    readonly p99: number;
                };
                readonly total: {
                    readonly p50: number;
                    readonly p95: number;
                    readonly p99: number;
                };
            };
            readonly meanBatchSize: number;
            readonly uptimeSeconds: number;
            /** ms since 1970. */
            readonly at: number;
            readonly activity: {
                /** Messages taken and not yet acknowledged. */
                readonly inFlight: number;
                readonly inFlightBytes: number;
                /** Images waiting for a worker. */
                readonly queued: {
                    readonly stream: number;
                    readonly interactive: number;
                };
                /** Target size of a batch; null before the start. */
                readonly batchTarget: {
                    readonly size: number;
                    readonly reason: "measuring" | "latency" | "throughput" | "goal" | "limit";
                    /** A batch of n takes perImageMs · n + fixedMs; null while measuring. */
                    readonly fit: {
                        readonly perImageMs: number;
                        readonly fixedMs: number;
                    } | null;
                } | null;
                readonly workers: number;
                /** Busy share of the workers in the last second. */
                readonly workerUtilization: number;
                /** 99th percentile over the last seconds. */
                readonly eventLoopDelayMs: number;
                readonly rssBytes: number;
            };
            readonly health: components["schemas"]["Health"];
            readonly store: components["schemas"]["ResultsStore"];
            /** What limits the stream now. */
            readonly bottleneck: {
                readonly tone: "good" | "idle" | "busy" | "bad";
                readonly headline: string;
                /** Sentences with the measurements behind it. */
                readonly detail: string;
            };
            /** Only with cache.entries. */
            readonly cache?: {
                /** Images whose result was in memory, since the process started. */
                readonly hits: number;
                readonly misses: number;
                /** Images with a result in memory. */
                readonly entries: number;
                readonly bytes: number;
            };
            /** Only with inference.targetP99. */
            readonly latencyGoal?: components["schemas"]["LatencyGoal"];
            /** Absent in a process without a stream. */
            readonly steering?: components["schemas"]["Steering"];
            /** Version of stream-infer. */
            readonly version: string;
            readonly broker: "memory" | "kafka" | "pubsub";
            readonly topics: {
                readonly input: string;
                readonly output: string;
                readonly dlq: string;
            };
            /** null until the model is warm. */
            readonly model: components["schemas"]["Model"] | null;
            /** Names of the models of the process, the default first; only with several. */
            readonly models?: readonly string[];
            readonly lag: readonly components["schemas"]["PartitionLag"][];
            /** Confusion matrix: row = actual, column = predicted. */
            readonly confusion: readonly (readonly number[])[];
        };
        readonly StreamEvent: {
            readonly event: "model";
            readonly id: string;
            readonly data: string;
        } | {
            readonly event: "stats";
            readonly id: string;
            readonly data: string;
        } | {
            readonly event: "lag";
            readonly id: string;
            readonly data: string;
        } | {
            readonly event: "prediction";
            readonly id: string;
            readonly data: string;
        } | {
            readonly event: "alert";
            readonly id: string;
            readonly data: string;
        };
        readonly PredictAnswer: {
            readonly predictions?: readonly (readonly number[])[];
            readonly outputs?: readonly (readonly number[])[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly getLivez: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly alive: true;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getReadyz: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly ready: boolean;
                        /** Why the process is not ready; empty when it is. */
                        readonly reasons: readonly string[];
                        readonly source: {
                            readonly state: "connecting" | "up" | "down" | "closed";
                            /** Why the connection is not up. */
                            readonly reason?: string;
                        };
                        readonly sink: {
                            readonly state: "connecting" | "up" | "down" | "closed";
                            /** Why the connection is not up. */
                            readonly reason?: string;
                        };
                        /** Set while an operator has paused the stream. */
                        readonly paused?: components["schemas"]["StreamPause"];
                        /** Each model, in a process with several. */
                        readonly models?: readonly {
                            readonly name: string;
                            readonly ready: boolean;
                            readonly reasons: readonly string[];
                        }[];
                        /** Only while the broker cannot be reached. */
                        readonly outage?: {
                            /** ms since 1970. */
                            readonly since: number;
                            readonly reason: string;
                        };
                        readonly version: string;
                        readonly broker: string;
                        readonly model: components["schemas"]["Model"] | null;
                        readonly store: components["schemas"]["ResultsStore"];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getHealthz: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly ready: boolean;
                        /** Why the process is not ready; empty when it is. */
                        readonly reasons: readonly string[];
                        readonly source: {
                            readonly state: "connecting" | "up" | "down" | "closed";
                            /** Why the connection is not up. */
                            readonly reason?: string;
                        };
                        readonly sink: {
                            readonly state: "connecting" | "up" | "down" | "closed";
                            /** Why the connection is not up. */
                            readonly reason?: string;
                        };
                        /** Set while an operator has paused the stream. */
                        readonly paused?: components["schemas"]["StreamPause"];
                        /** Each model, in a process with several. */
                        readonly models?: readonly {
                            readonly name: string;
                            readonly ready: boolean;
                            readonly reasons: readonly string[];
                        }[];
                        /** Only while the broker cannot be reached. */
                        readonly outage?: {
                            /** ms since 1970. */
                            readonly since: number;
                            readonly reason: string;
                        };
                        readonly version: string;
                        readonly broker: string;
                        readonly model: components["schemas"]["Model"] | null;
                        readonly store: components["schemas"]["ResultsStore"];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getV2HealthLive: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly live: true;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getV2HealthReady: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly ready: true;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getApiV1Stream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/event-stream": components["schemas"]["StreamEvent"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postPubsubPush: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PushedMessage"];
                readonly "application/octet-stream": Blob | Uint8Array;
            };
        };
        readonly responses: {
            /** No Content */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getMetrics: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Predictions: {
        readonly parameters: {
            readonly query?: {
                readonly label?: number | string;
                readonly truth?: number | string;
                readonly wrong?: boolean | ("0" | "1" | "true" | "false" | "");
                readonly minConfidence?: number;
                readonly maxConfidence?: number;
                readonly id?: string;
                readonly from?: string;
                readonly to?: string;
                readonly topic?: string;
                readonly partition?: number;
                readonly key?: string;
                readonly model?: string;
                readonly order?: "newest" | "confidence";
                readonly disagreed?: boolean | ("0" | "1" | "true" | "false" | "");
                readonly total?: boolean | ("0" | "1" | "true" | "false" | "");
                readonly before?: number;
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly predictions: readonly components["schemas"]["StoredPrediction"][];
                        /** Pass it as `before` to get the next page; null at the end. */
                        readonly next: number | null;
                        /** Counts of all matches, whatever the page; with total=true. */
                        readonly total?: {
                            readonly predictions: number;
                            /** Labelled predictions. */
                            readonly judged: number;
                            readonly correct: number;
                            /** False if only the newest candidates were counted, so that more may match. */
                            readonly complete: boolean;
                        };
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1PredictionsId: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Id of the prediction; slashes may be encoded. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["StoredPrediction"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1ImagesIdPng: {
        readonly parameters: {
            readonly query?: {
                readonly scale?: number;
            };
            readonly header?: never;
            readonly path: {
                /** Id of the prediction; slashes may be encoded. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "image/png": Blob | Uint8Array;
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Export: {
        readonly parameters: {
            readonly query?: {
                readonly label?: number | string;
                readonly truth?: number | string;
                readonly wrong?: boolean | ("0" | "1" | "true" | "false" | "");
                readonly minConfidence?: number;
                readonly maxConfidence?: number;
                readonly id?: string;
                readonly from?: string;
                readonly to?: string;
                readonly topic?: string;
                readonly partition?: number;
                readonly key?: string;
                readonly model?: string;
                readonly format?: "ndjson" | "csv";
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": string;
                    readonly "text/csv": string;
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Stats: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Stats"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Lag: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Lag"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1LoadHistory: {
        readonly parameters: {
            readonly query?: {
                readonly window?: "5m" | "1h" | "24h";
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LoadHistory"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1ScaleHint: {
        readonly parameters: {
            readonly query?: {
                readonly current?: number;
                readonly catchUpSeconds?: number;
                readonly utilization?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ScaleHint"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Confusion: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Confusion"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1History: {
        readonly parameters: {
            readonly query?: {
                readonly minutes?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["History"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Drift: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Drift"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Training: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Training"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Config: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Settings"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Model: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActiveModel"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Models: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly control: "none" | "poll" | "explicit";
                        readonly versions: readonly components["schemas"]["ModelVersion"][];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1ModelsVersionsVersion: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Version of the model. */
                readonly version: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["VersionDetails"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1ModelsRollout: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** null while no candidate is on the stream. */
                        readonly rollout: components["schemas"]["Rollout"] | null;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1ModelsRollout: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly mode: "canary";
                    /** Default: the newest version. */
                    readonly version?: number;
                    /**
                     * Share of the keys that the canary gets, in percent.
                     * @default 5
                     */
                    readonly percent?: number;
                } | {
                    readonly mode: "shadow";
                    /** Default: the newest version. */
                    readonly version?: number;
                    readonly percent?: unknown;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** null while no candidate is on the stream. */
                        readonly rollout: components["schemas"]["Rollout"] | null;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly deleteApiV1ModelsRollout: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** null while no candidate is on the stream. */
                        readonly rollout: components["schemas"]["Rollout"] | null;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1Classify: {
        readonly parameters: {
            readonly query?: {
                readonly invert?: "auto" | "always" | "never";
                readonly id?: string;
                readonly pixels?: boolean | ("0" | "1" | "true" | "false" | "");
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/octet-stream": Blob | Uint8Array;
                readonly "binary/octet-stream": Blob | Uint8Array;
                readonly "image/png": Blob | Uint8Array;
                readonly "image/x-png": Blob | Uint8Array;
                readonly "image/jpeg": Blob | Uint8Array;
                readonly "image/jpg": Blob | Uint8Array;
                readonly "image/pjpeg": Blob | Uint8Array;
                readonly "image/webp": Blob | Uint8Array;
                readonly "application/json": {
                    /** base64 of a file or of raw pixels (height × width × channels bytes of the model), or as many numbers from 0 to 255, flat or in rows. */
                    readonly image: string | readonly unknown[];
                    readonly id?: string;
                    readonly label?: number | string;
                } & {
                    readonly [key: string]: unknown;
                };
                readonly "multipart/form-data": {
                    readonly image: string;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Classified"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1Explain: {
        readonly parameters: {
            readonly query?: {
                readonly invert?: "auto" | "always" | "never";
                readonly id?: string;
                readonly label?: number | string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/octet-stream": Blob | Uint8Array;
                readonly "binary/octet-stream": Blob | Uint8Array;
                readonly "image/png": Blob | Uint8Array;
                readonly "image/jpeg": Blob | Uint8Array;
                readonly "image/webp": Blob | Uint8Array;
                readonly "application/json": {
                    /** base64 of a file or of raw pixels (height × width × channels bytes of the model), or as many numbers from 0 to 255, flat or in rows. */
                    readonly image: string | readonly unknown[];
                    readonly id?: string;
                    readonly label?: number | string;
                } & {
                    readonly [key: string]: unknown;
                };
                readonly "multipart/form-data": {
                    readonly image: string;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Explanation"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1Requests: {
        readonly parameters: {
            readonly query?: {
                readonly wait?: string;
                readonly id?: string;
                readonly callback?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/octet-stream": Blob | Uint8Array;
                readonly "image/png": Blob | Uint8Array;
                readonly "image/jpeg": Blob | Uint8Array;
                readonly "image/webp": Blob | Uint8Array;
                readonly "application/json": {
                    /** base64 of a file or of raw pixels (height × width × channels bytes of the model), or as many numbers from 0 to 255, flat or in rows. */
                    readonly image: string | readonly unknown[];
                    readonly id?: string;
                    readonly label?: number | string;
                } & {
                    readonly [key: string]: unknown;
                };
                readonly "multipart/form-data": {
                    readonly image: string;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RequestAnswer"];
                };
            };
            /** Accepted */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RequestAnswer"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1RequestsId: {
        readonly parameters: {
            readonly query?: {
                readonly wait?: string;
            };
            readonly header?: never;
            readonly path: {
                /** Id of the request. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RequestAnswer"];
                };
            };
            /** Accepted */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RequestAnswer"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Steering: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Steering"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1SteeringLog: {
        readonly parameters: {
            readonly query?: {
                readonly before?: number;
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** Newest first. */
                        readonly entries: readonly components["schemas"]["SteeringEntry"][];
                        /** Pass it as `before` to get the next page; null at the end. */
                        readonly next: number | null;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1SteeringPause: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** Who asks, for the audit log. */
                    readonly by: string;
                    /**
                     * Why, for the audit log and the page.
                     * @default
                     */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Steering"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1SteeringResume: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** Who asks, for the audit log. */
                    readonly by: string;
                    /**
                     * Why, for the audit log and the page.
                     * @default
                     */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Steering"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1SteeringRate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** Who asks, for the audit log. */
                    readonly by: string;
                    /**
                     * Why, for the audit log and the page.
                     * @default
                     */
                    readonly reason?: string;
                    /** Images per second; null for no limit. */
                    readonly rate: number | null;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Steering"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1SteeringSeek: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** Who asks, for the audit log. */
                    readonly by: string;
                    /**
                     * Why, for the audit log and the page.
                     * @default
                     */
                    readonly reason?: string;
                    /** A time (2026-11-20T10:00:00Z), an age (2h), earliest or latest; on Kafka an offset (1041) or offsets by partition (0:1041,2:300); on Pub/Sub snapshot:<name>. */
                    readonly to: string;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly state: "starting" | "running" | "paused" | "draining";
                        /** null while the stream runs. */
                        readonly paused: components["schemas"]["StreamPause"] | null;
                        /** Largest number of images taken per second; null without a limit. */
                        readonly rate: number | null;
                        /** Messages taken and not yet acknowledged. */
                        readonly inFlight: number;
                        /** The position is being moved; nothing is taken meanwhile. */
                        readonly seeking: boolean;
                        /** Worker threads; null where their number cannot be changed. */
                        readonly workers: {
                            readonly now: number;
                            readonly most: number;
                            /**
                             * auto: the number follows the utilization.
                             */
                            readonly mode: "auto" | "fixed";
                        } | null;
                        /** Partitions of this process, or the subscription. */
                        readonly moves: readonly {
                            readonly topic: string;
                            /** null where the broker has none. */
                            readonly partition: number | null;
                            /** null if unknown. */
                            readonly from: number | null;
                            readonly to: number | null;
                        }[];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1SteeringWorkers: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** Who asks, for the audit log. */
                    readonly by: string;
                    /**
                     * Why, for the audit log and the page.
                     * @default
                     */
                    readonly reason?: string;
                    /** Number of worker threads, or auto: it follows the utilization. */
                    readonly workers: "auto" | number;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Steering"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1SteeringDrain: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** Who asks, for the audit log. */
                    readonly by: string;
                    /**
                     * Why, for the audit log and the page.
                     * @default
                     */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** Accepted */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Steering"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Labels: {
        readonly parameters: {
            readonly query?: {
                readonly before?: number;
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** Newest first. */
                        readonly labels: readonly components["schemas"]["ImageLabel"][];
                        /** Pass it as `before` to get the next page; null at the end. */
                        readonly next: number | null;
                        /** Numbers of labels of each class that has any. */
                        readonly byClass: readonly {
                            /** Position of the class in the labels of the model. */
                            readonly label: number;
                            readonly images: number;
                        }[];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1Labels: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** Who asks, for the audit log. */
                    readonly by: string;
                    /**
                     * Why, for the audit log and the page.
                     * @default
                     */
                    readonly reason?: string;
                    /** Id of the prediction. */
                    readonly id: string;
                    readonly label: number | string;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ImageLabel"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1LabelsWithdraw: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** Who asks, for the audit log. */
                    readonly by: string;
                    /**
                     * Why, for the audit log and the page.
                     * @default
                     */
                    readonly reason?: string;
                    /** Id of the prediction. */
                    readonly id: string;
                };
            };
        };
        readonly responses: {
            /** No Content */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1LabelsQueue: {
        readonly parameters: {
            readonly query?: {
                readonly kind?: "all" | "uncertain" | "disagreement";
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** Most useful first. */
                        readonly images: readonly {
                            /** Id of the prediction. */
                            readonly id: string;
                            readonly reason: "uncertain" | "disagreement";
                            readonly predicted: components["schemas"]["PredictedClass"];
                            /** What the shadow said, of a disagreement. */
                            readonly other?: components["schemas"]["PredictedClass"];
                        }[];
                        /** Names of the classes, by label. */
                        readonly classes: readonly string[];
                        /** Labels given so far. */
                        readonly labels: number;
                        /** Why no image can be labelled here; null if one can. */
                        readonly off: string | null;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1LabelsExport: {
        readonly parameters: {
            readonly query?: {
                readonly format?: "ndjson" | "csv";
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": string;
                    readonly "text/csv": string;
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1LabelsLog: {
        readonly parameters: {
            readonly query?: {
                readonly before?: number;
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** Newest first. */
                        readonly entries: readonly components["schemas"]["SteeringEntry"][];
                        /** Pass it as `before` to get the next page; null at the end. */
                        readonly next: number | null;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1LabelsRetraining: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Retraining"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1LabelsRetraining: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** Who asks, for the audit log. */
                    readonly by: string;
                    /**
                     * Why, for the audit log and the page.
                     * @default
                     */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** Accepted */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Retraining"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1LabelsRetrainingCancel: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** Who asks, for the audit log. */
                    readonly by: string;
                    /**
                     * Why, for the audit log and the page.
                     * @default
                     */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Retraining"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Publish: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly jobs: readonly components["schemas"]["PublishJob"][];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1Publish: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /**
                     * @default test
                     */
                    readonly split?: "test" | "train";
                    readonly start: number;
                    readonly end: number;
                    readonly rate?: number;
                    /** @default false */
                    readonly loop?: boolean | ("0" | "1" | "true" | "false" | "");
                    /** @default false */
                    readonly shuffle?: boolean | ("0" | "1" | "true" | "false" | "");
                };
            };
        };
        readonly responses: {
            /** Accepted */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PublishJob"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1PublishJob: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Id of the job. */
                readonly job: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PublishJob"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly deleteApiV1PublishJob: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Id of the job. */
                readonly job: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PublishJob"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1DeadLetters: {
        readonly parameters: {
            readonly query?: {
                readonly code?: "EMPTY" | "NOT_AN_IMAGE" | "UNSUPPORTED_FORMAT" | "TOO_LARGE_BYTES" | "TOO_LARGE_PIXELS" | "CORRUPT" | "BAD_ENVELOPE" | "SCHEMA_UNKNOWN" | "MODEL_UNKNOWN" | "RECORD_INVALID" | "DECODE_TIMEOUT" | "WORKER_CRASH" | "WORKER_TIMEOUT" | "PROCESS_CRASH" | "REMOTE_REFUSED" | "REMOTE_FAILED" | "OUTPUT_INVALID" | "REFERENCE_INVALID" | "REFERENCE_FORBIDDEN" | "REFERENCE_NOT_FOUND" | "REFERENCE_REFUSED" | "REFERENCE_TOO_LARGE" | "REFERENCE_TIMEOUT" | "REFERENCE_FAILED" | "OUTCOME_TOO_LARGE" | "DESERIALIZE_FAILED" | "HANDLER_FAILED" | "HANDLER_TIMEOUT";
                readonly before?: number;
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly deadLetters: readonly components["schemas"]["DeadLetter"][];
                        /** Pass it as `before` to get the next page; null at the end. */
                        readonly next: number | null;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1DeadLettersRedrive: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly ids?: readonly string[];
                    readonly code?: "EMPTY" | "NOT_AN_IMAGE" | "UNSUPPORTED_FORMAT" | "TOO_LARGE_BYTES" | "TOO_LARGE_PIXELS" | "CORRUPT" | "BAD_ENVELOPE" | "SCHEMA_UNKNOWN" | "MODEL_UNKNOWN" | "RECORD_INVALID" | "DECODE_TIMEOUT" | "WORKER_CRASH" | "WORKER_TIMEOUT" | "PROCESS_CRASH" | "REMOTE_REFUSED" | "REMOTE_FAILED" | "OUTPUT_INVALID" | "REFERENCE_INVALID" | "REFERENCE_FORBIDDEN" | "REFERENCE_NOT_FOUND" | "REFERENCE_REFUSED" | "REFERENCE_TOO_LARGE" | "REFERENCE_TIMEOUT" | "REFERENCE_FAILED" | "OUTCOME_TOO_LARGE" | "DESERIALIZE_FAILED" | "HANDLER_FAILED" | "HANDLER_TIMEOUT";
                    /** @default false */
                    readonly force?: boolean | ("0" | "1" | "true" | "false" | "");
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** Source ids. */
                        readonly redriven: readonly string[];
                        readonly skipped: readonly {
                            readonly id: string;
                            readonly code: "EMPTY" | "NOT_AN_IMAGE" | "UNSUPPORTED_FORMAT" | "TOO_LARGE_BYTES" | "TOO_LARGE_PIXELS" | "CORRUPT" | "BAD_ENVELOPE" | "SCHEMA_UNKNOWN" | "RECORD_INVALID" | "DECODE_TIMEOUT" | "WORKER_CRASH" | "WORKER_TIMEOUT" | "PROCESS_CRASH" | "REMOTE_REFUSED" | "REMOTE_FAILED" | "OUTPUT_INVALID" | "REFERENCE_INVALID" | "REFERENCE_FORBIDDEN" | "REFERENCE_NOT_FOUND" | "REFERENCE_REFUSED" | "REFERENCE_TOO_LARGE" | "REFERENCE_TIMEOUT" | "REFERENCE_FAILED" | "OUTCOME_TOO_LARGE" | "DESERIALIZE_FAILED" | "HANDLER_FAILED" | "HANDLER_TIMEOUT" | "MODEL_UNKNOWN" | "USAGE" | "CONFIG_INVALID" | "UNKNOWN_BROKER" | "DEPENDENCY_MISSING" | "MODEL_MISSING" | "MODEL_CORRUPT" | "INT8_INACCURATE" | "MODEL_REFUSED" | "MODEL_UNAVAILABLE" | "MODEL_BUSY" | "MODEL_UNSUPPORTED" | "RUNTIME_UNAVAILABLE" | "POOL_BROKEN" | "DATASET_MISSING" | "DATASET_CORRUPT" | "FILE_UNREADABLE" | "PORT_TAKEN" | "TOKEN_REQUIRED" | "BROKER_UNREACHABLE" | "BROKER_REFUSED" | "IDENTITY_UNAVAILABLE" | "IDENTITY_REFUSED" | "TOPIC_MISSING" | "PUBLISH_FAILED" | "SOURCE_LOST" | "FENCED" | "SERIALIZE_FAILED" | "MESSAGE_TOO_LARGE" | "ALREADY_SETTLED" | "DELIVERY_LOST" | "STEERING_BUSY" | "OVERLOADED" | "NOT_READY" | "MODEL_ELSEWHERE" | "TIMEOUT" | "ABORTED" | "BAD_REQUEST" | "NOT_FOUND" | "FORBIDDEN" | "UNAUTHORIZED" | "UNSUPPORTED_MEDIA_TYPE" | "LETTER_INCOMPLETE" | "ALREADY_REDRIVEN" | "REDRIVEN_TOO_OFTEN" | "INTERNAL";
                            readonly detail: string;
                        }[];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1DeadLettersIdRedrive: {
        readonly parameters: {
            readonly query?: {
                readonly force?: boolean | ("0" | "1" | "true" | "false" | "");
            };
            readonly header?: never;
            readonly path: {
                /** Source id; slashes may be encoded. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetter"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1DeadLettersIdEdit: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Source id; slashes may be encoded. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** The new value, base64. */
                    readonly value: string;
                    /** All headers of the new message, in order. */
                    readonly headers: readonly (readonly [
                        string,
                        string
                    ])[];
                    /** @default false */
                    readonly force?: boolean | ("0" | "1" | "true" | "false" | "");
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetter"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1DeadLettersId: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Source id; slashes may be encoded. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeadLetterDetail"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Events: {
        readonly parameters: {
            readonly query?: {
                readonly rule?: string;
                readonly before?: number;
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly events: readonly components["schemas"]["Event"][];
                        /** Pass it as `before` to get the next page; null at the end. */
                        readonly next: number | null;
                        /** Configured rules; stored events may be of former rules. */
                        readonly rules: readonly components["schemas"]["Rule"][];
                        readonly state: {
                            /** Events that are not yet stored, published or posted. */
                            readonly open: number;
                            /** Events dropped since the start because too many were open. */
                            readonly shed: number;
                            /** Why a crash may lose events; null if it cannot. */
                            readonly alarm: string | null;
                        };
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1EventsId: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Id of the event. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Event"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1EventsIdNamePng: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Id of the event. */
                readonly id: string;
                /** The image, the enlarged image, or the occlusion map. */
                readonly name: "image" | "enlarged" | "occlusion";
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "image/png": Blob | Uint8Array;
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1Alerts: {
        readonly parameters: {
            readonly query?: {
                readonly rule?: string;
                readonly before?: number;
                readonly limit?: number;
                readonly acknowledged?: boolean | ("0" | "1" | "true" | "false" | "");
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly alerts: readonly components["schemas"]["Event"][];
                        /** Pass it as `before` to get the next page; null at the end. */
                        readonly next: number | null;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getApiV1AlertsNumber: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly number: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Event"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postApiV1AlertsNumberAck: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly number: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": {
                    /** @default  */
                    readonly by?: string;
                    /** @default  */
                    readonly note?: string;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Event"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getV2: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly name: string;
                        readonly version: string;
                        readonly extensions: readonly string[];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getV2ModelsModel: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the model. */
                readonly model: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ModelMetadata"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getV2ModelsModelVersionsVersion: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the model. */
                readonly model: string;
                /** Version of the model. */
                readonly version: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ModelMetadata"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getV2ModelsModelReady: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the model. */
                readonly model: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly name: string;
                        readonly ready: true;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getV2ModelsModelVersionsVersionReady: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the model. */
                readonly model: string;
                /** Version of the model. */
                readonly version: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly name: string;
                        readonly ready: true;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postV2ModelsModelInfer: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** Length of the JSON before the binary tensors, in bytes. */
                readonly "Inference-Header-Content-Length"?: string;
            };
            readonly path: {
                /** Name of the model. */
                readonly model: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly id?: string;
                    readonly parameters?: {
                        readonly [key: string]: unknown;
                    };
                    readonly inputs: readonly {
                        readonly name: "image";
                        /** UINT8: n, height, width, channels. FP32: n and the layout of the model. Channels of grey images and the sizes may be flattened. BYTES: n, or n and 1. */
                        readonly shape: readonly number[];
                        /**
                         * UINT8: pixels, 0 to 255. FP32: what the model is fed after its preprocessing, such as pixels / 255. BYTES: PNG, JPEG or WebP files.
                         */
                        readonly datatype: "UINT8" | "FP32" | "BYTES";
                        readonly parameters?: {
                            readonly binary_data_size?: number;
                        } & {
                            readonly [key: string]: unknown;
                        };
                        /** Row-major; flat or nested like the shape. BYTES: base64 of each file. */
                        readonly data?: readonly unknown[];
                    }[];
                    /** Each at most once; default: probabilities and label. */
                    readonly outputs?: readonly {
                        readonly name: "probabilities" | "label" | "class_name";
                        readonly parameters?: {
                            readonly binary_data?: boolean;
                            /** Number of top classes to return instead of probabilities. */
                            readonly classification?: number;
                        } & {
                            readonly [key: string]: unknown;
                        };
                    }[];
                };
                readonly "application/octet-stream": Blob | Uint8Array;
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["InferAnswer"];
                    readonly "application/octet-stream": Blob | Uint8Array;
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postV2ModelsModelVersionsVersionInfer: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** Length of the JSON before the binary tensors, in bytes. */
                readonly "Inference-Header-Content-Length"?: string;
            };
            readonly path: {
                /** Name of the model. */
                readonly model: string;
                /** Version of the model. */
                readonly version: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly id?: string;
                    readonly parameters?: {
                        readonly [key: string]: unknown;
                    };
                    readonly inputs: readonly {
                        readonly name: "image";
                        /** UINT8: n, height, width, channels. FP32: n and the layout of the model. Channels of grey images and the sizes may be flattened. BYTES: n, or n and 1. */
                        readonly shape: readonly number[];
                        /**
                         * UINT8: pixels, 0 to 255. FP32: what the model is fed after its preprocessing, such as pixels / 255. BYTES: PNG, JPEG or WebP files.
                         */
                        readonly datatype: "UINT8" | "FP32" | "BYTES";
                        readonly parameters?: {
                            readonly binary_data_size?: number;
                        } & {
                            readonly [key: string]: unknown;
                        };
                        /** Row-major; flat or nested like the shape. BYTES: base64 of each file. */
                        readonly data?: readonly unknown[];
                    }[];
                    /** Each at most once; default: probabilities and label. */
                    readonly outputs?: readonly {
                        readonly name: "probabilities" | "label" | "class_name";
                        readonly parameters?: {
                            readonly binary_data?: boolean;
                            /** Number of top classes to return instead of probabilities. */
                            readonly classification?: number;
                        } & {
                            readonly [key: string]: unknown;
                        };
                    }[];
                };
                readonly "application/octet-stream": Blob | Uint8Array;
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["InferAnswer"];
                    readonly "application/octet-stream": Blob | Uint8Array;
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postV2RepositoryIndex: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": {
                    readonly ready?: boolean;
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": readonly {
                        readonly name: string;
                        readonly version: string;
                        readonly state: "READY" | "LOADING" | "UNAVAILABLE";
                        /** Why the version was refused or rolled back; otherwise empty. */
                        readonly reason: string;
                    }[];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postV2RepositoryModelsModelLoad: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the active model. */
                readonly model: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": {
                    readonly parameters?: {
                        readonly unload_dependents?: boolean;
                    };
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ModelVersion"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postV2RepositoryModelsModelVersionsVersionLoad: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the active model. */
                readonly model: string;
                /** Version of the model. */
                readonly version: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": {
                    readonly parameters?: {
                        readonly unload_dependents?: boolean;
                    };
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ModelVersion"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postV2RepositoryModelsModelUnload: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the active model. */
                readonly model: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": {
                    readonly parameters?: {
                        readonly unload_dependents?: boolean;
                    };
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ModelVersion"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postV2RepositoryModelsModelVersionsVersionUnload: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the active model. */
                readonly model: string;
                /** Version of the model. */
                readonly version: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": {
                    readonly parameters?: {
                        readonly unload_dependents?: boolean;
                    };
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ModelVersion"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postV1ModelsModelPredict: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the model. */
                readonly model: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly signature_name?: "serving_default" | "";
                    /** Row format: one image per item. Numbers are what the model is fed after its preprocessing, such as pixels / 255. */
                    readonly instances?: readonly (readonly unknown[] | {
                        /** Base64 of a PNG, JPEG or WebP file, or of raw pixels. */
                        readonly b64: string;
                    } | {
                        readonly image: readonly unknown[] | {
                            /** Base64 of a PNG, JPEG or WebP file, or of raw pixels. */
                            readonly b64: string;
                        };
                    })[];
                    /** Columnar format: all images of the only input. */
                    readonly inputs?: readonly (readonly unknown[] | {
                        /** Base64 of a PNG, JPEG or WebP file, or of raw pixels. */
                        readonly b64: string;
                    })[] | {
                        readonly image: readonly (readonly unknown[] | {
                            /** Base64 of a PNG, JPEG or WebP file, or of raw pixels. */
                            readonly b64: string;
                        })[];
                    };
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PredictAnswer"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly postV1ModelsModelVersionsVersionPredict: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the model. */
                readonly model: string;
                /** Version of the model. */
                readonly version: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly signature_name?: "serving_default" | "";
                    /** Row format: one image per item. Numbers are what the model is fed after its preprocessing, such as pixels / 255. */
                    readonly instances?: readonly (readonly unknown[] | {
                        /** Base64 of a PNG, JPEG or WebP file, or of raw pixels. */
                        readonly b64: string;
                    } | {
                        readonly image: readonly unknown[] | {
                            /** Base64 of a PNG, JPEG or WebP file, or of raw pixels. */
                            readonly b64: string;
                        };
                    })[];
                    /** Columnar format: all images of the only input. */
                    readonly inputs?: readonly (readonly unknown[] | {
                        /** Base64 of a PNG, JPEG or WebP file, or of raw pixels. */
                        readonly b64: string;
                    })[] | {
                        readonly image: readonly (readonly unknown[] | {
                            /** Base64 of a PNG, JPEG or WebP file, or of raw pixels. */
                            readonly b64: string;
                        })[];
                    };
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PredictAnswer"];
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getV1ModelsModel: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the model. */
                readonly model: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly model_version_status: readonly {
                            readonly version: string;
                            readonly state: "LOADING" | "AVAILABLE";
                            readonly status: {
                                readonly error_code: string;
                                readonly error_message: string;
                            };
                        }[];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getV1ModelsModelVersionsVersion: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the model. */
                readonly model: string;
                /** Version of the model. */
                readonly version: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly model_version_status: readonly {
                            readonly version: string;
                            readonly state: "LOADING" | "AVAILABLE";
                            readonly status: {
                                readonly error_code: string;
                                readonly error_message: string;
                            };
                        }[];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getV1ModelsModelMetadata: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the model. */
                readonly model: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly model_spec: {
                            readonly [key: string]: unknown;
                        };
                        readonly metadata: {
                            readonly [key: string]: unknown;
                        };
                    } & {
                        readonly [key: string]: unknown;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getV1ModelsModelVersionsVersionMetadata: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** Name of the model. */
                readonly model: string;
                /** Version of the model. */
                readonly version: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly model_spec: {
                            readonly [key: string]: unknown;
                        };
                        readonly metadata: {
                            readonly [key: string]: unknown;
                        };
                    } & {
                        readonly [key: string]: unknown;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getMemoryPushToConsumer: {
        readonly parameters: {
            readonly query: {
                readonly start_idx: number;
                readonly end_idx: number;
                readonly split?: "test" | "train";
                readonly rate?: number;
                readonly wait?: boolean | ("0" | "1" | "true" | "false" | "");
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly count: number;
                        readonly predictions: readonly {
                            readonly id: string;
                            /** Index in the split. */
                            readonly index: number;
                            /** Position of the class in the labels of the model. */
                            readonly label: number;
                            /** Name of the class in the labels of the model. */
                            readonly className: string;
                            /** Position of the class in the labels of the model. */
                            readonly truth?: number;
                            readonly correct?: boolean;
                            readonly confidence: number;
                        }[];
                    };
                };
            };
            /** Accepted */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly job: components["schemas"]["PublishJob"];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postMemoryPushToConsumer: {
        readonly parameters: {
            readonly query?: {
                readonly start_idx?: number;
                readonly end_idx?: number;
                readonly split?: "test" | "train";
                readonly rate?: number;
                readonly wait?: boolean | ("0" | "1" | "true" | "false" | "");
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/x-www-form-urlencoded": {
                    readonly start_idx?: number;
                    readonly end_idx?: number;
                    /**
                     * @default test
                     */
                    readonly split?: "test" | "train";
                    readonly rate?: number;
                    /** @default false */
                    readonly wait?: boolean | ("0" | "1" | "true" | "false" | "");
                };
                readonly "application/json": {
                    readonly start_idx?: number;
                    readonly end_idx?: number;
                    /**
                     * @default test
                     */
                    readonly split?: "test" | "train";
                    readonly rate?: number;
                    /** @default false */
                    readonly wait?: boolean | ("0" | "1" | "true" | "false" | "");
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly count: number;
                        readonly predictions: readonly {
                            readonly id: string;
                            /** Index in the split. */
                            readonly index: number;
                            /** Position of the class in the labels of the model. */
                            readonly label: number;
                            /** Name of the class in the labels of the model. */
                            readonly className: string;
                            /** Position of the class in the labels of the model. */
                            readonly truth?: number;
                            readonly correct?: boolean;
                            readonly confidence: number;
                        }[];
                    };
                };
            };
            /** Accepted */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly job: components["schemas"]["PublishJob"];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getKafkaPushToConsumer: {
        readonly parameters: {
            readonly query: {
                readonly start_idx: number;
                readonly end_idx: number;
                readonly split?: "test" | "train";
                readonly rate?: number;
                readonly wait?: boolean | ("0" | "1" | "true" | "false" | "");
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly count: number;
                        readonly predictions: readonly {
                            readonly id: string;
                            /** Index in the split. */
                            readonly index: number;
                            /** Position of the class in the labels of the model. */
                            readonly label: number;
                            /** Name of the class in the labels of the model. */
                            readonly className: string;
                            /** Position of the class in the labels of the model. */
                            readonly truth?: number;
                            readonly correct?: boolean;
                            readonly confidence: number;
                        }[];
                    };
                };
            };
            /** Accepted */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly job: components["schemas"]["PublishJob"];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postKafkaPushToConsumer: {
        readonly parameters: {
            readonly query?: {
                readonly start_idx?: number;
                readonly end_idx?: number;
                readonly split?: "test" | "train";
                readonly rate?: number;
                readonly wait?: boolean | ("0" | "1" | "true" | "false" | "");
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/x-www-form-urlencoded": {
                    readonly start_idx?: number;
                    readonly end_idx?: number;
                    /**
                     * @default test
                     */
                    readonly split?: "test" | "train";
                    readonly rate?: number;
                    /** @default false */
                    readonly wait?: boolean | ("0" | "1" | "true" | "false" | "");
                };
                readonly "application/json": {
                    readonly start_idx?: number;
                    readonly end_idx?: number;
                    /**
                     * @default test
                     */
                    readonly split?: "test" | "train";
                    readonly rate?: number;
                    /** @default false */
                    readonly wait?: boolean | ("0" | "1" | "true" | "false" | "");
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly count: number;
                        readonly predictions: readonly {
                            readonly id: string;
                            /** Index in the split. */
                            readonly index: number;
                            /** Position of the class in the labels of the model. */
                            readonly label: number;
                            /** Name of the class in the labels of the model. */
                            readonly className: string;
                            /** Position of the class in the labels of the model. */
                            readonly truth?: number;
                            readonly correct?: boolean;
                            readonly confidence: number;
                        }[];
                    };
                };
            };
            /** Accepted */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly job: components["schemas"]["PublishJob"];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getPubsubPushToConsumer: {
        readonly parameters: {
            readonly query: {
                readonly start_idx: number;
                readonly end_idx: number;
                readonly split?: "test" | "train";
                readonly rate?: number;
                readonly wait?: boolean | ("0" | "1" | "true" | "false" | "");
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly count: number;
                        readonly predictions: readonly {
                            readonly id: string;
                            /** Index in the split. */
                            readonly index: number;
                            /** Position of the class in the labels of the model. */
                            readonly label: number;
                            /** Name of the class in the labels of the model. */
                            readonly className: string;
                            /** Position of the class in the labels of the model. */
                            readonly truth?: number;
                            readonly correct?: boolean;
                            readonly confidence: number;
                        }[];
                    };
                };
            };
            /** Accepted */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly job: components["schemas"]["PublishJob"];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly postPubsubPushToConsumer: {
        readonly parameters: {
            readonly query?: {
                readonly start_idx?: number;
                readonly end_idx?: number;
                readonly split?: "test" | "train";
                readonly rate?: number;
                readonly wait?: boolean | ("0" | "1" | "true" | "false" | "");
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/x-www-form-urlencoded": {
                    readonly start_idx?: number;
                    readonly end_idx?: number;
                    /**
                     * @default test
                     */
                    readonly split?: "test" | "train";
                    readonly rate?: number;
                    /** @default false */
                    readonly wait?: boolean | ("0" | "1" | "true" | "false" | "");
                };
                readonly "application/json": {
                    readonly start_idx?: number;
                    readonly end_idx?: number;
                    /**
                     * @default test
                     */
                    readonly split?: "test" | "train";
                    readonly rate?: number;
                    /** @default false */
                    readonly wait?: boolean | ("0" | "1" | "true" | "false" | "");
                };
            };
        };
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly count: number;
                        readonly predictions: readonly {
                            readonly id: string;
                            /** Index in the split. */
                            readonly index: number;
                            /** Position of the class in the labels of the model. */
                            readonly label: number;
                            /** Name of the class in the labels of the model. */
                            readonly className: string;
                            /** Position of the class in the labels of the model. */
                            readonly truth?: number;
                            readonly correct?: boolean;
                            readonly confidence: number;
                        }[];
                    };
                };
            };
            /** Accepted */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly job: components["schemas"]["PublishJob"];
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getOpenapiJson: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly openapi: string;
                    } & {
                        readonly [key: string]: unknown;
                    };
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getDocs: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html": string;
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getAlertsNumber: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly number: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html": string;
                };
            };
            /** Found */
            readonly 302: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly get: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** OK */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html": string;
                };
            };
            /** Error */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
