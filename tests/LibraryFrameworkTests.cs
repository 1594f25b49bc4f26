using System.Reflection;
using System.Runtime.Versioning;

namespace AzImageTools.Tests;

/// <summary>Is in each test project that is built for the libraries of another framework (Directory.Build.targets).</summary>
public sealed class LibraryFrameworkTests
{
    [Fact]
    public void The_libraries_are_those_of_the_framework_that_is_asked_for()
        => Assert.All(
            Directory.EnumerateFiles(AppContext.BaseDirectory, "AzImageTools.*.dll").Where(static path => !path.EndsWith(".Tests.dll", StringComparison.Ordinal)),
            static path => Assert.Equal(".NETStandard,Version=v2.0", Assembly.LoadFrom(path).GetCustomAttribute<TargetFrameworkAttribute>()!.FrameworkName));
}
