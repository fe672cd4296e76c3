package dev.ngbak.files;

import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Reads a {@code kv_store_*.json}: one JSON object, whose members are the records. */
final class KvRecords {

    private KvRecords() {}

    static void read(InputStream in, String namespace, Tally tally) throws IOException {
        JsonScanner json = new JsonScanner(in);
        MessageDigest record = tally.sha256();
        Held shown = tally.visitor() == null ? null : new Held();
        MessageDigest value = shown == null ? tally.sha256() : shown;
        long members = 0;
        json.enter('{');
        while (json.next('}', members == 0)) {
            byte[] key = json.name();
            json.value(value::update);
            if (shown == null) {
                record.update((byte) 'k');
                ContentDigest.field(record, namespace);
                ContentDigest.field(record, key);
                record.update(value.digest());
                tally.add(record);
            } else {
                tally.visitor().entry(namespace, JsonScanner.unescaped(key), shown.take(), RecordVisitor.NEVER);
            }
            members++;
        }
        json.end();
        tally.records(members);
        tally.count(namespace, members);
    }
}
