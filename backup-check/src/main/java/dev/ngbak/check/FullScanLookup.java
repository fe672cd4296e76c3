package dev.ngbak.check;

import dev.ngbak.layout.RecordInterpreter;
import dev.ngbak.spi.Lookup.EntryLookup;
import dev.ngbak.spi.Lookup.NodeLookup;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Finds nodes and entries by reading all records of a store. */
final class FullScanLookup implements NodeLookup, EntryLookup {

    private final RecordScan scan;
    private final RecordInterpreter interpreter;
    private final long expiredBefore;

    /** @param expiredBefore entries that expire before this time, in milliseconds of Unix time, count as missing */
    FullScanLookup(RecordScan scan, RecordInterpreter interpreter, long expiredBefore) {
        this.scan = scan;
        this.interpreter = interpreter;
        this.expiredBefore = expiredBefore;
    }

    @Override
    public void nodes(Collection<String> ids, RecordVisitor visitor) throws IOException {
        Set<String> wanted = new HashSet<>(ids);
        scan.visit(new RecordVisitor() {
            @Override
            public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
                    throws IOException {
                if (interpreter
                        .node(id, labels, properties)
                        .name()
                        .filter(wanted::contains)
                        .isPresent()) {
                    visitor.node(number, id, labels, properties);
                }
            }
        });
    }

    @Override
    public void entries(String namespace, Collection<String> keys, RecordVisitor visitor) throws IOException {
        Set<String> wanted = new HashSet<>(keys);
        scan.visit(new RecordVisitor() {
            @Override
            public void entry(String of, String key, byte[] value, long expires) throws IOException {
                if (of.equals(namespace) && wanted.contains(key) && expires > expiredBefore) {
                    visitor.entry(of, key, value, expires);
                }
            }
        });
    }
}
