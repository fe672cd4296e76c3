package dev.ngbak.qdrant;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;

/**
 * The members of one kind of JSON object that ngbak knows, and what it knows inside them. Some kinds also know
 * the texts that a value may be. {@link KnownDefinition} puts them together.
 */
final class KnownMembers {

    /** Receives what a value contains. */
    interface Receiver {

        /** Receives the path of a member, or of a text after {@code =}, that is not known. */
        void unknown(String path);

        /** Receives the path of one that servers know since a version. */
        void since(String version, String path);
    }

    /** A number, a truth value, a text, or a list of these. */
    private static final KnownMembers SCALAR = new KnownMembers();

    /** Any JSON at all. */
    static final KnownMembers ANYTHING = new KnownMembers();

    private record Known(String since, KnownMembers inside) {}

    private final Map<String, Known> members = new HashMap<>();
    private final Map<String, String> texts = new HashMap<>();
    private KnownMembers others;

    private KnownMembers() {}

    /** Returns the kind of an object with these members, each of which is a scalar. */
    static KnownMembers object(String... names) {
        return new KnownMembers().with(names);
    }

    /** Returns the kind of an object whose members have any name and are of one kind. */
    static KnownMembers map(KnownMembers each) {
        KnownMembers map = new KnownMembers();
        map.others = each;
        return map;
    }

    /** Returns the kind of a text that is one of these. */
    static KnownMembers text(String... texts) {
        return new KnownMembers().orText("", texts);
    }

    /** Adds members that are scalars. */
    KnownMembers with(String... names) {
        return since("", names);
    }

    /** Adds a member. */
    KnownMembers with(String name, KnownMembers inside) {
        return since("", name, inside);
    }

    /** Adds members that are scalars, and that servers know since a version such as {@code 1.19}. */
    KnownMembers since(String version, String... names) {
        for (String name : names) {
            since(version, name, SCALAR);
        }
        return this;
    }

    /** Adds a member that servers know since a version. */
    KnownMembers since(String version, String name, KnownMembers inside) {
        members.put(name, new Known(version, inside));
        return this;
    }

    /** Adds texts that servers know since a version; empty for always. */
    KnownMembers orText(String version, String... more) {
        for (String text : more) {
            texts.put(text, version);
        }
        return this;
    }

    /** Walks through a value of this kind. Ignores members that are {@code null}, which means that they are not set. */
    void walk(String path, JsonNode value, Receiver receiver) {
        if (this == ANYTHING || value.isNull() || value.isMissingNode()) {
            return;
        }
        if (value.isArray()) {
            value.forEach(element -> walk(path, element, receiver));
        } else if (value.isObject()) {
            value.fields().forEachRemaining(member -> {
                String inner = path + "." + member.getKey();
                Known known = others == null ? members.get(member.getKey()) : new Known("", others);
                if (member.getValue().isNull()) {
                    return;
                }
                if (known == null) {
                    receiver.unknown(inner);
                } else {
                    report(known.since(), inner, receiver);
                    known.inside().walk(inner, member.getValue(), receiver);
                }
            });
        } else if (value.isTextual() && !texts.isEmpty()) {
            String known = texts.get(value.textValue());
            String text = path + " = " + value.textValue();
            if (known == null) {
                receiver.unknown(text);
            } else {
                report(known, text, receiver);
            }
        }
    }

    private static void report(String since, String path, Receiver receiver) {
        if (!since.isEmpty()) {
            receiver.since(since, path);
        }
    }
}
