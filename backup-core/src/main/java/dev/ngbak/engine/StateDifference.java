package dev.ngbak.engine;

import dev.ngbak.engine.RestorePlan.Content;
import dev.ngbak.spi.Role;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How two states of a GraphRAG system differ. Each is an archive or the live stores.
 *
 * @param stores the stores of either state
 * @param warnings what a user should know about the comparison: whole sentences
 */
public record StateDifference(Map<Role, Store> stores, List<String> warnings) {

    /** The part of a store's content that no count includes, such as the schema. */
    public static final String REST = "(schema and metadata)";

    /**
     * The difference of one store.
     *
     * @param reason why the contents cannot be compared, as a clause; {@code null} if they were
     * @param groups the kinds of records, the collections or the namespaces of either state, by name; also {@link #REST} if
     *     either state has such content
     */
    public record Store(Content content, String reason, Map<String, Group> groups) {

        public Store {
            groups = Collections.unmodifiableMap(new LinkedHashMap<>(groups));
        }
    }

    /**
     * The difference of one group of records.
     *
     * @param left the number of records in the first state, or {@code null} if it is not known
     * @param right the number of records in the second state, or {@code null} if it is not known
     */
    public record Group(Long left, Long right, Content content) {}

    public StateDifference {
        Map<Role, Store> inOrder = new EnumMap<>(Role.class);
        inOrder.putAll(stores);
        stores = Collections.unmodifiableMap(inOrder);
        warnings = List.copyOf(warnings);
    }

    /** Returns whether the two states are proved equal, in all stores and by content digest. */
    public boolean isEqual() {
        return stores.values().stream().allMatch(store -> store.content() == Content.EQUAL);
    }
}
