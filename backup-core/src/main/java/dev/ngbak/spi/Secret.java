package dev.ngbak.spi;

import java.util.Objects;

/** A password or key. Its text form is stars, so that it cannot slip into a message. */
public final class Secret {

    private final String value;

    public Secret(String value) {
        this.value = Objects.requireNonNull(value);
    }

    /** The secret itself; hand it to the driver and keep it nowhere else. */
    public String reveal() {
        return value;
    }

    @Override
    public String toString() {
        return "***";
    }
}
