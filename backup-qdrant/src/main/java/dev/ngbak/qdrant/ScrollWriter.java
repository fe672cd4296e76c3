package dev.ngbak.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;

/**
 * Writes a file of the form {@code scroll}: JSON Lines with the definition of a collection, its points, and a last line with
 * their number. Does not close the stream.
 */
final class ScrollWriter {

    private final JsonGenerator json;
    private final OutputStream out;
    private long points;

    ScrollWriter(OutputStream out, CollectionDefinition collection) throws IOException {
        this.out = out;
        this.json = Json.MAPPER.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        json.setPrettyPrinter(null);
        ObjectNode head = Json.object().put("format", ScrollReader.format(collection));
        collection.writeTo(head);
        json.writeTree(head);
        endLine();
    }

    void write(Point point) throws IOException {
        json.writeStartObject();
        json.writeFieldName("id");
        PointJson.writeId(point.id(), json);
        if (point.shardKey().isPresent()) {
            json.writeFieldName(ShardKey.MEMBER);
            json.writeTree(point.shardKey().get().json());
        }
        json.writeObjectFieldStart("vectors");
        for (var vector : point.vectors().entrySet()) {
            json.writeObjectFieldStart(vector.getKey());
            write(vector.getValue());
            json.writeEndObject();
        }
        json.writeEndObject();
        json.writeFieldName("payload");
        json.writeTree(point.payload());
        json.writeEndObject();
        endLine();
        points++;
    }

    private void write(PointVector vector) throws IOException {
        String values = Base64.getEncoder().encodeToString(LittleEndian.bytes(vector.values()));
        if (vector.isSparse()) {
            json.writeStringField("indices", Base64.getEncoder().encodeToString(LittleEndian.bytes(vector.indices())));
            json.writeStringField("sparse", values);
        } else if (vector.isMulti()) {
            json.writeNumberField("width", vector.width());
            json.writeStringField("multi", values);
        } else {
            json.writeStringField("dense", values);
        }
    }

    /** Writes the last line. */
    void finish() throws IOException {
        json.writeStartObject();
        json.writeNumberField("points", points);
        json.writeEndObject();
        endLine();
    }

    private void endLine() throws IOException {
        json.writeRaw('\n');
        json.flush();
        out.flush();
    }
}
