package dev.ngbak.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class UnitVectorTest {

    @Test
    void vectorThatAStoreTakesForAUnitVectorIsNotChanged() {
        float[] almost = {0.6000001f, 0.8f};

        assertThat(UnitVector.of(almost)).isSameAs(almost);
        float[] zero = {0, 0};
        assertThat(UnitVector.of(zero)).isSameAs(zero);
    }

    @Test
    void otherVectorsAreScaledOnce() {
        float[] unit = UnitVector.of(new float[] {3, 4});

        assertThat(unit).containsExactly(0.6f, 0.8f);
        assertThat(UnitVector.of(unit)).isSameAs(unit);
        assertThat(UnitVector.of(new float[] {3e30f, 4e30f})).containsExactly(new float[] {0.6f, 0.8f}, within(1e-6f));
    }
}
