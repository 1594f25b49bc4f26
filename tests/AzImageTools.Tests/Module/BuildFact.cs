using System.Reflection;

namespace AzImageTools.Tests.Module;

/// <summary>Paths that only the build knows, kept in the test assembly's metadata.</summary>
internal static class BuildFact
{
    public static string Read(string name)
        => typeof(BuildFact).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(fact => fact.Key == name).Value!;
}
