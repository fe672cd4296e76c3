package dev.ngbak.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.spi.support.RawJsonReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** Reads a key-value file: one JSON object, whose members are the records. */
final class KeyValueRecords implements StoredRecord {

    /** Limits a name, which is held in memory because its length precedes it in the canonical bytes. */
    static final int MAX_NAME_BYTES = 1 << 24;

    static final int MAX_DEPTH = 1_000_000;

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(MAX_NAME_BYTES)
                    .build())
            .build());

    private final RawJsonReader json;
    private final String namespace;
    private final RecordHandler records;
    private final MessageDigest canonical = ContentDigest.sha256();
    private final CapturedValue value;
    private byte[] key;

    KeyValueRecords(InputStream in, String namespace, RecordHandler records) {
        this.json = new RawJsonReader(in, RawJsonReader.Dialect.PYTHON, MAX_DEPTH);
        this.namespace = namespace;
        this.records = records;
        this.value = new CapturedValue(records.detail());
    }

    void read() throws IOException {
        records.count(namespace, 0);
        json.beginObject();
        while (json.nextMember()) {
            key = json.rawName(MAX_NAME_BYTES);
            value.begin();
            json.minifiedValue(value::write);
            records.add(this);
        }
        json.end();
    }

    @Override
    public String countedAs() {
        return namespace;
    }

    @Override
    public byte[] digest() {
        canonical.update((byte) 'k');
        ContentDigest.field(canonical, namespace);
        ContentDigest.field(canonical, key);
        canonical.update(value.digest());
        return canonical.digest();
    }

    @Override
    public void show(RecordVisitor visitor) throws IOException {
        visitor.entry(namespace, unescaped(key), value.bytes().orElse(null), RecordVisitor.NEVER);
    }

    private static String unescaped(byte[] name) throws IOException {
        String spelled = new String(name, StandardCharsets.UTF_8);
        return spelled.indexOf('\\') < 0 ? spelled : MAPPER.readValue('"' + spelled + '"', String.class);
    }
}
