package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.StoreSchema;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordSource;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import dev.ngbak.spi.support.TempFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes points of another backend in the form {@code scroll}, as an export of the configured scope would, in collections
 * with the parameters and indexes that the system gives them. Each collection is made in the state directory first, because
 * the points of all come in one pass.
 */
final class PointWriting {

    private static final String UNKNOWN = "unknown";

    private final Settings source;
    private final QdrantSettings settings;
    private final StoreSchema schema;
    private final String prefix;

    PointWriting(Settings source) {
        this.source = source;
        this.settings = QdrantSettings.of(source);
        this.schema = settings.layout().schema(Role.VECTOR, source);
        GraphLayout layout = settings.layout();
        this.prefix = settings.prefix().equals("*")
                ? layout.scope(Role.VECTOR, source).name()
                : settings.prefix();
    }

    StoreInfo write(RecordSource records, EntrySink sink, RecordHandler written, Progress progress) throws IOException {
        ProgressMeter meter = ProgressMeter.ofRecords(progress, "points", () -> {});
        meter.expect(records.expected());
        try (Visitor visitor = new Visitor(new QdrantRecords(written, meter, settings.tenant()))) {
            records.visit(visitor);
            visitor.end();
            for (var collection : visitor.collections.entrySet()) {
                FileChannel file = collection.getValue().position(0);
                sink.put(
                        collection.getKey(),
                        ScrollReader.SUFFIX,
                        out -> Channels.newInputStream(file).transferTo(out));
            }
        }
        Map<String, String> scope = new LinkedHashMap<>();
        scope.put(QdrantSettings.PREFIX.name(), settings.prefix());
        settings.tenant().addToScope(scope);
        return new StoreInfo("Qdrant", UNKNOWN, ArchiveForm.SCROLL.id(), scope, -1);
    }

    private CollectionDefinition definition(String name, Map<String, Integer> dimensions) {
        ObjectNode config = Json.object();
        schema.collection().forEach((parameter, value) -> config.set(parameter, Json.MAPPER.valueToTree(value)));
        JsonNode common = config.path("params").path("vectors");
        ObjectNode vectors = Json.object();
        dimensions.forEach((vector, size) -> {
            ObjectNode parameters = vector.isEmpty() ? vectors : vectors.putObject(vector);
            parameters.put("size", size);
            if (common instanceof ObjectNode fields) {
                parameters.setAll(fields);
            }
        });
        config.withObject("/params").set("vectors", vectors);
        ObjectNode indexes = Json.object();
        for (StoreSchema.Index index : schema.indexes()) {
            ObjectNode field = indexes.putObject(index.field()).put("data_type", index.kind());
            if (!index.options().isEmpty()) {
                ObjectNode params = field.putObject("params").put("type", index.kind());
                index.options().forEach((option, value) -> params.set(option, Json.MAPPER.valueToTree(value)));
            }
        }
        return new CollectionDefinition(prefix + "_" + name, config, indexes, List.of());
    }

    private final class Visitor implements RecordVisitor, Closeable {
        private final QdrantRecords records;
        private final Map<String, FileChannel> collections = new LinkedHashMap<>();
        private CollectionDefinition announced;
        private ScrollWriter writer;

        Visitor(QdrantRecords records) {
            this.records = records;
        }

        @Override
        public void collection(String name, Map<String, Integer> dimensions) throws IOException {
            end();
            announced = definition(name, dimensions);
            // An export does not contain a shared collection without a point of the tenant.
            if (!settings.tenant().sharesCollections()) {
                begin();
            }
        }

        private void begin() throws IOException {
            FileChannel file = TempFiles.of(source).open();
            if (collections.putIfAbsent(announced.name(), file) != null) {
                file.close();
                throw refused("the collection " + SafeText.quoted(announced.name()) + " comes twice");
            }
            writer = new ScrollWriter(Channels.newOutputStream(file), announced);
            records.begin(announced);
        }

        @Override
        public void point(String id, Map<String, Object> payload, List<Vector> vectors) throws IOException {
            if (writer == null) {
                begin();
            }
            ObjectNode tree = Json.MAPPER.valueToTree(payload);
            check(payload.get("id"), tree);
            Map<String, PointVector> byName = new LinkedHashMap<>();
            for (Vector vector : vectors) {
                byName.put(
                        vector.name(),
                        vector.indices() == null
                                ? PointVector.dense(vector.values())
                                : PointVector.sparse(vector.indices(), vector.values()));
            }
            Point point = new Point(id, byName, tree);
            writer.write(point);
            records.add(point);
        }

        /** Ends the current collection. */
        void end() throws IOException {
            if (writer != null) {
                writer.finish();
                writer = null;
                records.end();
            }
        }

        @Override
        public void close() throws IOException {
            for (FileChannel file : collections.values()) {
                file.close();
            }
        }
    }

    /** Refuses a value that the server would change or reject. */
    private static void check(Object key, JsonNode value) {
        value.forEach(child -> check(key, child));
        boolean tooLarge =
                value.isBigInteger() || value.isFloatingPointNumber() && !Double.isFinite(value.doubleValue());
        boolean unpaired =
                value.isTextual() && !StandardCharsets.UTF_8.newEncoder().canEncode(value.textValue());
        if (tooLarge || unpaired) {
            throw refused("the point " + SafeText.quoted(String.valueOf(key)) + " has "
                    + (tooLarge
                            ? "the number " + value.asText() + ", which does not fit into 64 bits"
                            : "a text with half of a surrogate pair"));
        }
    }

    private static BackupException refused(String why) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The archive cannot be converted to Qdrant, because " + why,
                "Restore the archive into the kind of store that it was taken from");
    }
}
