using AzImageTools.TestKit;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace AzImageTools.Tests.Architecture;

/// <summary>Within a project too, who uses whom goes one way; and a namespace is found in the folder of its name.</summary>
public sealed class NamespaceTests
{
    public static TheoryData<string> Projects() => ["AzImageTools", "AzImageTools.Disks", "AzImageTools.Readiness", "AzImageTools.Sandbox", "AzImageTools.Services"];

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_namespaces_of_a_project_use_each_other_in_a_circle(string assembly)
    {
        using ModuleDefinition module = ModuleDefinition.ReadModule(Path.Combine(RepositoryPaths.Module, "bin", "net8.0", assembly + ".dll"));
        ILookup<string, (string To, string Why)> uses = module.Types
            .SelectMany(type => UsedTypes(type, module).Select(used => (From: type.Namespace, To: used.Namespace, Why: $"{type.Name} -> {used.Name}")))
            .Where(use => IsOurs(use.From) && IsOurs(use.To) && use.From != use.To)
            .ToLookup(use => use.From, use => (use.To, use.Why), StringComparer.Ordinal);
        IEnumerable<string> circles = uses
            .SelectMany(from => from.GroupBy(use => use.To).Where(to => Reaches(to.Key, from.Key, uses))
                .Select(to => $"{from.Key} -> {to.Key}: {string.Join(", ", to.Select(use => use.Why).Distinct().Order(StringComparer.Ordinal).Take(8))}"));
        Assert.True(!circles.Any(), "They can be reached from where they lead to:\n" + string.Join('\n', circles.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void A_namespace_is_that_of_its_folder()
    {
        string source = Path.Combine(RepositoryPaths.Root, "src");
        IEnumerable<string> strays =
            from file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            let relative = Path.GetRelativePath(source, file).Replace('\\', '/')
            where !relative.Contains("/obj/", StringComparison.Ordinal) && !relative.Contains("/bin/", StringComparison.Ordinal)
            where !relative.StartsWith("Compatibility/", StringComparison.Ordinal) // What .NET Framework lacks is called as .NET calls it.
            let folder = Path.GetDirectoryName(relative)!.Replace('\\', '/').Replace('/', '.')
            let stated = File.ReadLines(file).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))?["namespace ".Length..].Trim(' ', ';')
            where stated is not null && stated != folder
            select $"{relative} is in {stated}";
        Assert.Empty(strays);
    }

    private static bool IsOurs(string name) => name.StartsWith("AzImageTools", StringComparison.Ordinal);

    private static bool Reaches(string start, string end, ILookup<string, (string To, string Why)> uses)
    {
        HashSet<string> seen = [start];
        Stack<string> next = new(seen);
        while (next.TryPop(out string? place))
        {
            if (place == end)
            {
                return true;
            }

            foreach ((string to, _) in uses[place].Where(use => seen.Add(use.To)))
            {
                next.Push(to);
            }
        }

        return false;
    }

    /// <summary>The types of the same assembly that a type's declaration and code name, itself and nested ones left out.</summary>
    private static IEnumerable<TypeDefinition> UsedTypes(TypeDefinition type, ModuleDefinition module)
        => References(type)
            .Where(reference => reference is not null)
            .SelectMany(reference => Parts(reference!))
            .Where(part => part.Scope == module)
            .Select(part => part.Resolve())
            .Where(used => used is not null)
            .Select(Outermost)
            .Where(used => used != type)
            .Distinct();

    private static IEnumerable<TypeReference?> References(TypeDefinition type)
        => type.NestedTypes.SelectMany(References)
            .Append(type.BaseType)
            .Concat(type.Interfaces.Select(implemented => implemented.InterfaceType))
            .Concat(type.CustomAttributes.Select(attribute => attribute.AttributeType))
            .Concat(type.Fields.Select(field => field.FieldType))
            .Concat(type.Methods.SelectMany(References));

    private static IEnumerable<TypeReference?> References(MethodDefinition method)
        => method.Parameters.Select(parameter => parameter.ParameterType)
            .Append(method.ReturnType)
            .Concat(method.CustomAttributes.Select(attribute => attribute.AttributeType))
            .Concat(!method.HasBody ? [] : method.Body.Variables.Select(variable => variable.VariableType)
                .Concat(method.Body.ExceptionHandlers.Select(handler => handler.CatchType))
                .Concat(method.Body.Instructions.SelectMany(References)));

    private static IEnumerable<TypeReference?> References(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        GenericInstanceMethod call => [call.DeclaringType, .. call.GenericArguments],
        MemberReference member => [member.DeclaringType],
        _ => [],
    };

    private static IEnumerable<TypeReference> Parts(TypeReference reference) => reference switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Concat(Parts(generic.ElementType)),
        TypeSpecification part => Parts(part.ElementType),
        GenericParameter => [],
        _ => [reference],
    };

    private static TypeDefinition Outermost(TypeDefinition type)
    {
        while (type.DeclaringType is not null)
        {
            type = type.DeclaringType;
        }

        return type;
    }
}
