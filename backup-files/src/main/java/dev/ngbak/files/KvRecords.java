package dev.ngbak.files;

import dev.ngbak.spi.ContentDigest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Reads a {@code kv_store_*.json}: one JSON object, whose members are the records. */
final class KvRecords {

    private KvRecords() {}

    static void read(InputStream in, String namespace, Tally tally) throws IOException {
        JsonScanner json = new JsonScanner(in);
        MessageDigest record = tally.sha256();
        MessageDigest value = tally.sha256();
        long members = 0;
        json.enter('{');
        while (json.next('}', members == 0)) {
            record.update((byte) 'k');
            ContentDigest.field(record, namespace);
            ContentDigest.field(record, json.name());
            json.value(value::update);
            record.update(value.digest());
            tally.add(record);
            members++;
        }
        json.end();
        tally.records(members);
        tally.count(namespace, members);
    }
}
