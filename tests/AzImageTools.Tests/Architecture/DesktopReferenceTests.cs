using AzImageTools.TestKit;
using AzImageTools.Tests.Module;
using Mono.Cecil;

namespace AzImageTools.Tests.Architecture;

/// <summary>What Windows PowerShell loads, against what it has: .NET Framework 4.7.2, PowerShell 5.1, and what the module ships.</summary>
public sealed class DesktopReferenceTests
{
    private static readonly string Shipped = Path.Combine(Path.GetDirectoryName(RepositoryPaths.ModuleManifest)!, "bin", "netstandard2.0");

    private static readonly string[] Folders =
    [
        Shipped,
        BuildFact.Read("FrameworkReferences"),
        Path.Combine(BuildFact.Read("FrameworkReferences"), "Facades"),
        BuildFact.Read("PowerShellReferences"),
    ];

    public static TheoryData<string> OwnAssemblies() => [.. Directory.EnumerateFiles(Shipped, "AzImageTools*.dll").Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(OwnAssemblies))]
    public void Every_type_and_member_that_an_assembly_uses_is_there(string assembly)
    {
        using Resolver resolver = new();
        using ModuleDefinition module = ModuleDefinition.ReadModule(Path.Combine(Shipped, assembly), new ReaderParameters { AssemblyResolver = resolver });

        Assert.NotEmpty(module.GetTypeReferences());
        Assert.Empty(module.GetTypeReferences().Where(static type => type.Resolve() is null).Select(static type => type.FullName));
        // Of an array the runtime makes the members.
        Assert.Empty(module.GetMemberReferences().Where(static member => !member.DeclaringType.IsArray && member.Resolve() is null).Select(static member => member.FullName));
    }

    [Fact]
    public void Every_assembly_that_a_shipped_one_uses_is_there_and_not_older_than_it_asks_for()
    {
        using Resolver resolver = new();
        List<string> missing = [];
        foreach (string path in Directory.EnumerateFiles(Shipped, "*.dll"))
        {
            using ModuleDefinition module = ModuleDefinition.ReadModule(path);
            missing.AddRange(module.AssemblyReferences.Where(reference => resolver.Find(reference) is not { } found || found.Name.Version < reference.Version).Select(reference => $"{Path.GetFileName(path)}: {reference.FullName}"));
        }

        // To list blobs in its format, which nothing here does.
        Assert.Equal("Azure.Storage.Blobs.dll: Apache.Arrow", Assert.Single(missing).Split(',')[0]);
    }

    /// <summary>Looks in those folders, and nowhere else.</summary>
    private sealed class Resolver : BaseAssemblyResolver
    {
        private readonly Dictionary<string, AssemblyDefinition> _known = [];

        public AssemblyDefinition? Find(AssemblyNameReference name)
        {
            if (!_known.TryGetValue(name.Name, out AssemblyDefinition? assembly)
                && Folders.Select(folder => Path.Combine(folder, name.Name + ".dll")).FirstOrDefault(File.Exists) is { } path)
            {
                assembly = AssemblyDefinition.ReadAssembly(path, new ReaderParameters { AssemblyResolver = this });
                _known.Add(name.Name, assembly);
            }

            return assembly;
        }

        public override AssemblyDefinition Resolve(AssemblyNameReference name) => Find(name) ?? throw new AssemblyResolutionException(name);

        public override AssemblyDefinition Resolve(AssemblyNameReference name, ReaderParameters parameters) => Resolve(name);

        protected override void Dispose(bool disposing)
        {
            foreach (AssemblyDefinition assembly in _known.Values)
            {
                assembly.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
