using System.Management.Automation;
using System.Reflection;
using AzImageTools.Disks;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Items;
using AzImageTools.Pipeline;
using AzImageTools.Services;

namespace AzImageTools.Tests.Architecture;

public sealed class PublicSurfaceTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly[] Ours =
    [
        typeof(DiskFormatException).Assembly,
        Assembly.Load("AzImageTools.Readiness"),
        typeof(ImageServiceException).Assembly,
        typeof(AsyncCmdlet).Assembly,
    ];

    public static TheoryData<Type> Cmdlets()
        => [.. typeof(AsyncCmdlet).Assembly.GetExportedTypes().Where(type => type.GetCustomAttribute<CmdletAttribute>() is not null)];

    [Fact]
    public void No_public_type_shows_a_type_of_the_Azure_SDK()
    {
        string[] shown = [.. Ours
            .SelectMany(assembly => assembly.GetExportedTypes())
            .SelectMany(type => TypesShownBy(type).Where(IsAzure).Select(azure => $"{type.FullName} shows {azure.FullName}"))
            .Distinct()];
        Assert.Empty(shown);
    }

    /// <summary>The exceptions besides are the base of all, and those that tell of writing, the destination of a conversion, of a change within a disk, and of what was asked for and is not on a disk.</summary>
    [Fact]
    public void Every_exception_that_reading_disks_throws_is_a_DiskFormatException()
        => Assert.All(
            typeof(DiskFormatException).Assembly.GetTypes().Where(type => typeof(Exception).IsAssignableFrom(type) && type != typeof(DiskException) && type != typeof(VhdConversionException) && type != typeof(DiskRepairException) && type != typeof(DiskItemException)),
            type => Assert.True(typeof(DiskFormatException).IsAssignableFrom(type), type.FullName));

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void A_cmdlet_is_sealed_uses_an_approved_verb_and_tells_what_it_emits(Type cmdlet)
    {
        CmdletAttribute attribute = cmdlet.GetCustomAttribute<CmdletAttribute>()!;
        Assert.True(cmdlet.IsSealed);
        Assert.Equal($"{attribute.VerbName}{attribute.NounName}Command", cmdlet.Name);
        Assert.NotEmpty(cmdlet.GetCustomAttributes<OutputTypeAttribute>());
        Assert.Contains(attribute.VerbName, ApprovedVerbs());
    }

    /// <summary>ConvertTo-Json writes an enumeration that is based on Int64 as its word, any other as a number.</summary>
    [Fact]
    public void Every_enumeration_that_an_emitted_object_shows_is_based_on_Int64()
    {
        HashSet<Type> seen = [];
        Stack<Type> left = new(Cmdlets().SelectMany(row => row.Data.GetCustomAttributes<OutputTypeAttribute>()).SelectMany(output => output.Type).Select(name => name.Type));
        while (left.TryPop(out Type? type))
        {
            Type plain = Nullable.GetUnderlyingType(type) ?? type;
            if (!seen.Add(plain))
            {
                continue;
            }

            foreach (Type part in plain.GetGenericArguments())
            {
                left.Push(part);
            }

            if (Ours.Contains(plain.Assembly))
            {
                Assert.True(!plain.IsEnum || Enum.GetUnderlyingType(plain) == typeof(long), plain.FullName);
                foreach (PropertyInfo property in plain.GetProperties())
                {
                    left.Push(property.PropertyType);
                }
            }
        }

        Assert.Contains(typeof(DiskFormat), seen);
    }

    private static IEnumerable<string> ApprovedVerbs()
        => typeof(VerbsCommon).Assembly.GetExportedTypes()
            .Where(type => type.Namespace == typeof(VerbsCommon).Namespace && type.Name.StartsWith("Verbs", StringComparison.Ordinal))
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!);

    private static bool IsAzure(Type type)
        => type.Assembly.GetName().Name is { } name && (name.StartsWith("Azure.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Identity", StringComparison.Ordinal));

    private static IEnumerable<Type> TypesShownBy(Type type)
    {
        List<Type?> shown = [type.BaseType, .. type.GetInterfaces()];
        foreach (MemberInfo member in type.GetMembers(Declared))
        {
            switch (member)
            {
                case MethodBase method when method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly:
                    shown.AddRange(method.GetParameters().Select(parameter => parameter.ParameterType));
                    shown.Add((method as MethodInfo)?.ReturnType);
                    break;
                case FieldInfo field when field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly:
                    shown.Add(field.FieldType);
                    break;
                default:
                    break;
            }
        }

        return shown.OfType<Type>().SelectMany(Unfold);
    }

    private static IEnumerable<Type> Unfold(Type type)
        => type.HasElementType
            ? Unfold(type.GetElementType()!)
            : type.GetGenericArguments().SelectMany(Unfold).Append(type);
}
