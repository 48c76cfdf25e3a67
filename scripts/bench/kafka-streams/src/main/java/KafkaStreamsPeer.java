import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * A peer of stream-infer on the JVM, with Kafka Streams and ONNX Runtime.
 *
 * <p>KafkaStreamsPeer SERVERS INPUT OUTPUT MODEL BATCH THREADS STATE_FOLDER
 *
 * <p>With BATCH 1 each record is classified on arrival, as users of Kafka Streams write it. With larger batches a processor
 * collects records, and a punctuation classifies incomplete batches. Kafka Streams does not know about such a buffer
 * and may commit its records, so a crash could lose up to BATCH - 1 records per partition. The peer guarantees less than
 * stream-infer there, and is faster because of it. Runs until it is stopped.
 */
public final class KafkaStreamsPeer {
  private static final int PIXELS = 784;
  private static final int CLASSES = 10;
  /** Maximum wait of an incomplete batch. With a shorter one Kafka Streams takes fewer records at once. */
  private static final Duration FLUSH_EVERY = Duration.ofMillis(100);

  private static final String[] NAMES = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"
  };
  private static final JsonFactory JSON = new JsonFactory();

  public static void main(String[] args) throws Exception {
    String servers = args[0];
    String input = args[1];
    String output = args[2];
    int batch = Integer.parseInt(args[4]);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    // The stream threads provide the parallelism.
    options.setIntraOpNumThreads(1);
    options.setInterOpNumThreads(1);
    OrtSession session = environment.createSession(args[3], options);
    KafkaStreams streams =
        new KafkaStreams(topology(input, output, batch, environment, session), properties(servers, args[5], args[6]));
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.setStateListener(
        (state, before) -> {
          if (state == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
        });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(10))));
    streams.start();
  }

  private static Topology topology(
      String input, String output, int batch, OrtEnvironment environment, OrtSession session) {
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .<byte[], byte[]>stream(input)
        .process(() -> new Classifier(batch, environment, session))
        .to(output);
    return builder.build();
  }

  private static Properties properties(String servers, String threads, String stateFolder) {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "kafka-streams-peer-" + System.currentTimeMillis());
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, stateFolder);
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
    properties.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
    properties.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.ACKS_CONFIG), "all");
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 128 * 1024);
    return properties;
  }

  /** A record waiting for its batch. */
  private record Waiting(Record<byte[], byte[]> record, RecordMetadata origin, long receivedAt) {}

  /** One per partition; Kafka Streams calls it from one thread. */
  private static final class Classifier implements Processor<byte[], byte[], byte[], byte[]> {
    private final int batch;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final List<Waiting> waiting = new ArrayList<>();
    private final ByteBuffer pixels;
    private final float[] probabilities;
    private final ByteArrayOutputStream json = new ByteArrayOutputStream(1024);
    private ProcessorContext<byte[], byte[]> context;

    Classifier(int batch, OrtEnvironment environment, OrtSession session) {
      this.batch = batch;
      this.environment = environment;
      this.session = session;
      this.pixels = ByteBuffer.allocateDirect(batch * PIXELS).order(ByteOrder.nativeOrder());
      this.probabilities = new float[batch * CLASSES];
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
      this.context = context;
      if (batch > 1) context.schedule(FLUSH_EVERY, PunctuationType.WALL_CLOCK_TIME, time -> flush());
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      waiting.add(new Waiting(record, context.recordMetadata().orElseThrow(), System.nanoTime()));
      if (waiting.size() >= batch) flush();
    }

    private void flush() {
      int size = waiting.size();
      if (size == 0) return;
      long startedAt = System.nanoTime();
      classify(size);
      double inferenceMs = (System.nanoTime() - startedAt) / 1e6;
      for (int i = 0; i < size; i++) {
        Waiting one = waiting.get(i);
        byte[] value = predictionOf(one, i * CLASSES, size, inferenceMs);
        context.forward(new Record<>(null, value, one.record().timestamp()));
      }
      waiting.clear();
    }

    private void classify(int size) {
      pixels.clear();
      for (Waiting one : waiting) pixels.put(one.record().value());
      pixels.flip();
      long[] shape = {size, 1, 28, 28};
      try (OnnxTensor tensor = OnnxTensor.createTensor(environment, pixels, shape, OnnxJavaType.UINT8);
          OrtSession.Result result = session.run(Map.of("pixels", tensor))) {
        FloatBuffer rows = ((OnnxTensor) result.get(0)).getFloatBuffer();
        rows.get(probabilities, 0, size * CLASSES);
      } catch (OrtException error) {
        throw new IllegalStateException(error);
      }
    }

    private byte[] predictionOf(Waiting one, int row, int size, double inferenceMs) {
      int label = 0;
      for (int i = 1; i < CLASSES; i++) if (probabilities[row + i] > probabilities[row + label]) label = i;
      json.reset();
      try (JsonGenerator out = JSON.createGenerator(json)) {
        out.writeStartObject();
        out.writeNumberField("schemaVersion", 1);
        RecordMetadata origin = one.origin();
        out.writeStringField("id", origin.topic() + "/" + origin.partition() + "/" + origin.offset());
        out.writeNumberField("label", label);
        out.writeStringField("className", NAMES[label]);
        out.writeNumberField("confidence", rounded(probabilities[row + label], 1e6));
        out.writeArrayFieldStart("probabilities");
        for (int i = 0; i < CLASSES; i++) out.writeNumber(rounded(probabilities[row + i], 1e6));
        out.writeEndArray();
        writeTruth(out, one.record().headers().lastHeader("label"), label);
        writeModel(out);
        writeSource(out, origin, one.record().timestamp());
        out.writeObjectFieldStart("timing");
        out.writeNumberField("queueMs", 0);
        out.writeNumberField("inferenceMs", rounded(inferenceMs, 1e2));
        out.writeNumberField("totalMs", rounded((System.nanoTime() - one.receivedAt()) / 1e6, 1e2));
        out.writeNumberField("batchSize", size);
        out.writeEndObject();
        out.writeStringField("predictedAt", Instant.ofEpochMilli(System.currentTimeMillis()).toString());
        out.writeEndObject();
      } catch (IOException error) {
        throw new IllegalStateException(error);
      }
      return json.toByteArray();
    }

    private static void writeTruth(JsonGenerator out, Header header, int label) throws IOException {
      if (header == null) return;
      int truth = Integer.parseInt(new String(header.value(), StandardCharsets.UTF_8));
      out.writeNumberField("truth", truth);
      out.writeBooleanField("correct", truth == label);
    }

    private static void writeModel(JsonGenerator out) throws IOException {
      out.writeObjectFieldStart("model");
      out.writeStringField("name", "fashion-mnist");
      out.writeNumberField("version", 1);
      out.writeStringField("sha256", "0".repeat(64));
      out.writeStringField("runtime", "onnx");
      out.writeStringField("precision", "fp32");
      out.writeEndObject();
    }

    private static void writeSource(JsonGenerator out, RecordMetadata origin, long timestamp) throws IOException {
      out.writeObjectFieldStart("source");
      out.writeStringField("broker", "kafka");
      out.writeStringField("topic", origin.topic());
      out.writeNumberField("partition", origin.partition());
      out.writeStringField("offset", Long.toString(origin.offset()));
      out.writeNullField("key");
      out.writeStringField("timestamp", Instant.ofEpochMilli(timestamp).toString());
      out.writeEndObject();
    }

    private static double rounded(double value, double factor) {
      return Math.round(value * factor) / factor;
    }
  }
}
