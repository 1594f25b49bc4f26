using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AzImageTools.Pipeline;

namespace AzImageTools.Tests.Architecture;

/// <summary>What all cmdlets keep to. What does not stands here with its reason, as long as it does not.</summary>
public sealed class ConventionTests
{
    /// <summary>Parameters whose values can be listed while they are typed.</summary>
    private static readonly string[] Listable =
    [
        "ResourceGroupName", "ImageResourceGroupName", "GalleryResourceGroupName", "Location", "TargetRegion", "VMName", "GalleryName", "GalleryImageDefinitionName", "ImageVersion",
        "Publisher", "Offer", "Sku", "Version", "DiskName", "StorageAccountName", "Container", "SubscriptionId", "Zone", "Volume", "ItemPath", "Key", "Include", "Exclude", "Id", "SecurityType",
    ];

    private static readonly CmdletClass[] Cmdlets = [.. typeof(AsyncCmdlet).Assembly.GetTypes()
        .Where(type => type.GetCustomAttribute<CmdletAttribute>() is not null)
        .Select(type => new CmdletClass(type))];

    private static readonly Dictionary<string, string> Summaries = XDocument.Load(Path.ChangeExtension(typeof(AsyncCmdlet).Assembly.Location, ".xml")).Descendants("member")
        .Where(member => member.Element("summary") is not null)
        .ToDictionary(member => member.Attribute("name")!.Value, member => Regex.Replace(member.Element("summary")!.Value, @"\s+", " "));

    [Fact]
    public void Nobody_is_asked_for_an_object() => AssertKept(
        parameter => parameter.Name == "InputObject" && parameter.Sets.Any(set => set.Mandatory && (set.ParameterSetName == parameter.Cmdlet.DefaultSet || set.ParameterSetName == ParameterAttribute.AllParameterSets)),
        ("Export-AzImageReadinessReport -InputObject", "As Export-Csv: there is nothing to write but what is piped."));

    [Fact]
    public void A_parameter_has_a_type_or_tells_what_objects_it_takes() => AssertKept(
        parameter => parameter.Type == typeof(object) || (parameter.Type == typeof(PSObject) && !parameter.Transforms));

    [Fact]
    public void Who_is_asked_for_a_parameter_is_told_what_to_type() => AssertKept(
        parameter => parameter.Sets.Any(set => set.Mandatory && !Regex.IsMatch(set.HelpMessage ?? string.Empty, @"^(Type|Give|Pipe) the .*[^.]\.$")));

    [Fact]
    public void A_parameter_that_takes_wildcards_says_so_and_is_marked() => AssertKept(
        parameter => parameter.Has<SupportsWildcardsAttribute>() != Summaries[parameter.DocumentationId].Contains("wildcards", StringComparison.Ordinal));

    [Fact]
    public void What_the_row_of_a_table_may_hold_is_bound_by_property_name() => AssertKept(
        parameter => parameter.IsText && !parameter.BindsByPropertyName,
        ("Connect-AzImageService", "A session is connected once."),
        ("-ParentPath", "Paths inside a disk image are never followed, and Get-VHD gives one as ParentPath."),
        ("-JournalPath", "A folder for all disk images of a command, and PendingUpload.JournalPath is a file."),
        ("-RulePath", "Tables that a command reads for all that it judges."),
        ("-Include", "What a command asks of all that it judges."),
        ("-Exclude", "What a command asks of all that it judges."),
        ("-ExcludeRule", "What a command asks of all that it judges."),
        ("Get-AzVhdRegistryValue -Name", "Files have a Name too, and would be asked for values of that name."),
        ("Set-AzVhdRegistryValue -Name", "Files have a Name too, and would get values of that name."),
        ("Get-AzVhdItem -Stream", "Get-Item -Stream gives one, of a file of this machine."),
        ("Get-AzImageSource -ResourceId", "A row names what is sought, and whatever is in Azure has an id."),
        ("Get-AzImageSource -Urn", "A row names what is sought, and what is found has a URN."),
        ("Repair-AzVhd -User", "Accounts are removed by it, and many a row has a User."),
        ("-DiskAccessId", "A disk has one, and naming one for a copy of it is a decision."),
        ("Test-DeprovisionReadiness -RootPath", "It judges this machine, once."),
        ("Export-AzImageReadinessReport -Path", "One file of all reports, and each report has the Path of its disk."));

    [Fact]
    public void What_is_bound_by_property_name_never_becomes_an_objects_text() => AssertKept(parameter => parameter.BindsByPropertyName && !parameter.Transforms);

    [Fact]
    public void What_can_be_listed_is_completed() => AssertKept(
        parameter => Listable.Contains(parameter.Name) && !parameter.Type.IsEnum && Nullable.GetUnderlyingType(parameter.Type) is null && !parameter.Has<ArgumentCompleterAttribute>(),
        ("New-AzImageVM -VMName", "It names a new machine."),
        ("New-AzCapturedImage -Publisher", "It names a new image definition, or says what one is."),
        ("New-AzCapturedImage -Offer", "It names a new image definition, or says what one is."),
        ("New-AzCapturedImage -Sku", "It names a new image definition, or says what one is."),
        ("Copy-AzImageVersion -Publisher", "It names a new image definition, or says what one is."),
        ("Copy-AzImageVersion -Offer", "It names a new image definition, or says what one is."),
        ("Copy-AzImageVersion -Sku", "It names a new image definition, or says what one is."),
        ("Publish-AzImageVersion -Publisher", "It names a new image definition, or says what one is."),
        ("Publish-AzImageVersion -Offer", "It names a new image definition, or says what one is."),
        ("Publish-AzImageVersion -Sku", "It names a new image definition, or says what one is."));

    [Fact]
    public void Force_belongs_to_what_can_be_confirmed() => AssertKept(parameter => parameter.Name == "Force" && !parameter.Cmdlet.Attribute.SupportsShouldProcess);

    [Fact]
    public void Only_what_loses_a_machine_asks_unasked()
        => Assert.Equal(["Invoke-AzVMGeneralization", "New-AzCapturedImage", "Restore-AzVMBackup"], Cmdlets.Where(cmdlet => cmdlet.Attribute.ConfirmImpact == ConfirmImpact.High).Select(cmdlet => cmdlet.Name));

    [Fact]
    public void What_works_in_Azure_does_so_in_any_subscription()
    {
        string[] areas = ["Capture", "Provision", "Publish", "Sources", "Upload"];
        IEnumerable<CmdletClass> works = Cmdlets.Where(cmdlet => areas.Contains(cmdlet.Type.Namespace!.Split('.')[^1]));

        Assert.NotEmpty(works);
        Assert.All(works, cmdlet => Assert.Contains(cmdlet.Parameters, parameter => parameter is { Name: "SubscriptionId", BindsByPropertyName: true }));
    }

    [Fact]
    public void What_works_in_Azure_does_so_in_any_connection_that_is_handed_over()
    {
        string[] areas = ["Capture", "Provision", "Publish", "Sources", "Upload"];

        Assert.All(
            Cmdlets.Where(cmdlet => areas.Contains(cmdlet.Type.Namespace!.Split('.')[^1]) || cmdlet.Name == "Get-AzImageContext"),
            cmdlet => Assert.Contains(
                cmdlet.Parameters,
                parameter => parameter.Name == "ImageContext" && parameter.Sets is [{ ParameterSetName: ParameterAttribute.AllParameterSets, ValueFromPipeline: false, ValueFromPipelineByPropertyName: false }]));
    }

    [Fact]
    public void What_acts_on_a_thing_in_Azure_takes_names_a_resource_id_and_an_object() => Assert.All(
        [
            "Copy-AzImageVersion",
            "Copy-AzVhd",
            "Invoke-AzVMGeneralization",
            "New-AzCapturedImage",
            "New-AzVhdImage",
            "Publish-AzImageVersion",
            "Receive-AzVhd",
            "Stop-AzVhdUpload",
            "Wait-AzImageVersion",
        ],
        name =>
        {
            CmdletClass cmdlet = Cmdlets.Single(cmdlet => cmdlet.Name == name);
            Assert.Equal("Name", cmdlet.DefaultSet);
            Assert.Contains(cmdlet.Parameters, parameter => parameter is { Name: "ResourceId", BindsByPropertyName: true });
            Assert.Contains(cmdlet.Parameters, parameter => parameter.Name == "InputObject" && parameter.Sets.All(set => set.ValueFromPipeline));
        });

    /// <summary>Fails where a parameter breaks a convention and is no exception, and where an exception excuses nothing.</summary>
    /// <param name="isBroken">Whether a parameter breaks it.</param>
    /// <param name="exceptions">A cmdlet, a parameter of all cmdlets, or a parameter of one; each with why.</param>
    private static void AssertKept(Func<CmdletParameter, bool> isBroken, params (string Of, string Reason)[] exceptions)
    {
        CmdletParameter[] broken = [.. Cmdlets.SelectMany(cmdlet => cmdlet.Parameters).Where(isBroken)];

        Assert.True(Cmdlets.Length > 15 && Cmdlets.Sum(cmdlet => cmdlet.Parameters.Length) > 150, "Cmdlets were not found.");
        Assert.Empty(broken.Where(parameter => !Array.Exists(exceptions, exception => parameter.IsOf(exception.Of))).Select(parameter => parameter.FullName));
        Assert.DoesNotContain(exceptions, exception => !Array.Exists(broken, parameter => parameter.IsOf(exception.Of)));
    }

    private sealed class CmdletClass
    {
        public CmdletClass(Type type)
        {
            Type = type;
            Attribute = type.GetCustomAttribute<CmdletAttribute>()!;
            Parameters = [.. type.GetProperties().Where(property => property.IsDefined(typeof(ParameterAttribute))).Select(property => new CmdletParameter(this, property))];
        }

        public Type Type { get; }

        public CmdletAttribute Attribute { get; }

        public string Name => $"{Attribute.VerbName}-{Attribute.NounName}";

        public string? DefaultSet => Attribute.DefaultParameterSetName;

        public CmdletParameter[] Parameters { get; }
    }

    private sealed class CmdletParameter(CmdletClass cmdlet, PropertyInfo property)
    {
        public CmdletClass Cmdlet { get; } = cmdlet;

        public string Name { get; } = property.Name;

        public Type Type { get; } = property.PropertyType;

        public string FullName => $"{Cmdlet.Name} -{Name}";

        public string DocumentationId => $"P:{property.DeclaringType!.FullName}.{Name}";

        public ParameterAttribute[] Sets { get; } = [.. property.GetCustomAttributes<ParameterAttribute>()];

        public bool IsOf(string name) => name == FullName || name == $"-{Name}" || name == Cmdlet.Name;

        public bool IsText => Type == typeof(string) || Type == typeof(string[]);

        public bool BindsByPropertyName => Sets.Any(set => set.ValueFromPipelineByPropertyName);

        public bool Transforms => property.GetCustomAttributes<ArgumentTransformationAttribute>().Any();

        public bool Has<T>()
            where T : Attribute
            => property.GetCustomAttribute<T>() is not null;
    }
}
