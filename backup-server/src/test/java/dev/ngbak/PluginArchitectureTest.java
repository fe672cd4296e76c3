package dev.ngbak;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules for modules outside backup-core. */
class PluginArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.ngbak");

    @ParameterizedTest
    @ValueSource(strings = {"files", "neo4j", "qdrant", "redis"})
    void pluginsSeeOnlyTheSpiAndTheLayout(String plugin) {
        DescribedPredicate<JavaClass> allowed =
                resideInAnyPackage("dev.ngbak.spi..", "dev.ngbak.layout", "dev.ngbak." + plugin + "..");
        DescribedPredicate<JavaClass> foreign =
                resideInAnyPackage("dev.ngbak..").and(DescribedPredicate.not(allowed));
        noClasses()
                .that()
                .resideInAPackage("dev.ngbak." + plugin + "..")
                .should()
                .dependOnClassesThat(foreign)
                .check(CLASSES);
    }

    @Test
    void repositoryInABucketDoesNotSeeTheEngine() {
        DescribedPredicate<JavaClass> allowed =
                resideInAnyPackage("dev.ngbak.spi..", "dev.ngbak.archive", "dev.ngbak.repository", "dev.ngbak.s3");
        noClasses()
                .that()
                .resideInAPackage("dev.ngbak.s3")
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.ngbak..").and(DescribedPredicate.not(allowed)))
                .check(CLASSES);
        classes()
                .that()
                .resideInAPackage("dev.ngbak.s3")
                .and()
                .arePublic()
                .should()
                .haveSimpleName("S3RepositoryProvider")
                .check(CLASSES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"files", "neo4j", "qdrant", "redis"})
    void pluginsArePublicOnlyInTheirDiscoveredClasses(String plugin) {
        classes()
                .that()
                .resideInAPackage("dev.ngbak." + plugin)
                .and()
                .arePublic()
                .and()
                .areTopLevelClasses()
                .should()
                .haveNameMatching(".*(Exporter|Restorer)")
                .check(CLASSES);
    }
}
