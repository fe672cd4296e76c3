package dev.ngbak;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tests the rules of the architecture that the compiler cannot check. */
class ArchitectureTest {

    private static final String[] JDK = {"java..", "javax..", "dev.ngbak.."};

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.ngbak");

    @Test
    void dependenciesPointFromTheEngineToTheSpi() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("engine")
                .definedBy("dev.ngbak.engine")
                .layer("repository")
                .definedBy("dev.ngbak.repository")
                .layer("archive")
                .definedBy("dev.ngbak.archive")
                .layer("layout")
                .definedBy("dev.ngbak.layout")
                .layer("spi")
                .definedBy("dev.ngbak.spi..")
                .whereLayer("engine")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("repository")
                .mayOnlyBeAccessedByLayers("engine")
                .whereLayer("archive")
                .mayOnlyBeAccessedByLayers("repository", "engine")
                .whereLayer("layout")
                .mayOnlyBeAccessedByLayers("repository", "engine")
                .whereLayer("spi")
                .mayOnlyBeAccessedByLayers("archive", "layout", "repository", "engine")
                .check(classes);
    }

    /** An archive is a stream of a repository. The classes named here use paths of other files, or parse an argument. */
    @Test
    void engineDoesNotKnowThePathsOfArchives() {
        noClasses()
                .that()
                .resideInAPackage("dev.ngbak.engine")
                .and()
                .haveNameNotMatching(".*\\.(BackupManager|ConfigCopy|EngineContext|EngineSettings|Hooks|RestoreJournal"
                        + "|TargetLocks)(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.nio.file.Path")
                .check(classes);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.ngbak.(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void spiDependsOnTheJdkOnly() {
        noClasses()
                .that()
                .resideInAPackage("dev.ngbak.spi")
                .should()
                .dependOnClassesThat(
                        not(resideInAnyPackage("java..", "javax..", "dev.ngbak.spi", "org.jspecify.annotations")))
                .check(classes);
    }

    @Test
    void publicSignaturesUseNoOtherLibrary() {
        codeUnits()
                .that()
                .areDeclaredInClassesThat()
                .arePublic()
                .and(describe(
                        "are not package-private",
                        unit -> unit.getModifiers().stream()
                                .anyMatch(modifier ->
                                        modifier == JavaModifier.PUBLIC || modifier == JavaModifier.PROTECTED)))
                .should(ArchCondition.from(describe(
                        "use only types of the JDK and of ngbak",
                        unit -> Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream())
                                .flatMap(type -> type.getAllInvolvedRawTypes().stream())
                                .map(JavaClass::getBaseComponentType)
                                .allMatch(type -> type.isPrimitive()
                                        || resideInAnyPackage(JDK).test(type)))))
                .check(classes);
    }

    @Test
    void staticFieldsAreFinal() {
        fields().that().areStatic().should().haveModifier(JavaModifier.FINAL).check(classes);
    }

    @Test
    void coreNeitherExitsNorPrintsNorLogs() {
        noClasses().should().callMethod(System.class, "exit", int.class).check(classes);
        noClasses().should().accessField(System.class, "out").check(classes);
        noClasses().should().accessField(System.class, "err").check(classes);
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.slf4j..", "java.util.logging..", "ch.qos..", "org.apache.logging..")
                .check(classes);
    }
}
