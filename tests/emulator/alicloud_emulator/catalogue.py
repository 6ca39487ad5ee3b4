# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The services that have a service-linked role, and those roles' system policies.

Source of the pairs: RAM documentation, "Service-linked roles" (2021), and the data of the public Terraform module for
service-linked roles. Odd spellings are the services' own.
"""

from __future__ import annotations

import json
from typing import Any

from .store import Policy, Service

_PREFIX = "AliyunServiceRoleFor"
_POLICY_PREFIX = "AliyunServiceRolePolicyFor"
CREATED = "2020-01-01T00:00:00Z"  # of everything that Alibaba Cloud itself owns

# service name, role name
_ROLES = """
access-cs.cr.aliyuncs.com AliyunServiceRoleForContainerRegistryAccessCS
access-customer-privatezone.cr.aliyuncs.com AliyunServiceRoleForContainerRegistryAccessCustomerPrivateZone
actiontrail.aliyuncs.com AliyunServiceRoleForActionTrail
adbpg.aliyuncs.com AliyunServiceRoleForADBPG
adcp.aliyuncs.com AliyunServiceRoleForAdcp
ads.aliyuncs.com AliyunServiceRoleForAnalyticDBForMySQL
ahas.aliyuncs.com AliyunServiceRoleForAHAS
alb.aliyuncs.com AliyunServiceRoleForAlb
alidns.aliyuncs.com AliyunServiceRoleForDNS
alikafka.aliyuncs.com AliyunServiceRoleForAlikafka
apigateway.aliyuncs.com AliyunServiceRoleForApiGateway
applicationmanager.oos.aliyuncs.com AliyunServiceRoleForOOSAppliactionManager
archiving.ecs.aliyuncs.com AliyunServiceRoleForECSArchiving
arms.aliyuncs.com AliyunServiceRoleForARMS
assertmanager.dbaudit.aliyuncs.com AliyunServiceRoleForDbauditAssertManager
autoprovisioning.ecs.aliyuncs.com AliyunServiceRoleForECSAutoProvisioning
baas.aliyuncs.com AliyunServiceRoleForBaaS
backupencryption.rds.aliyuncs.com AliyunServiceRoleForRdsBackupEncryption
bandwidthscheduler.oos.aliyuncs.com AliyunServiceRoleForOOSBandwidthScheduler
bastionhost.aliyuncs.com AliyunServiceRoleForBastionhost
bi.aliyuncs.com AliyunServiceRoleForQuickBI
bssopenapi.aliyuncs.com AliyunServiceRoleForBssOpenApi
cdn-ddos.cdn.aliyuncs.com AliyunServiceRoleForCDNAccessingDDoS
cdn-waf.cdn.aliyuncs.com AliyunServiceRoleForCDNAccessingWAF
cen.aliyuncs.com AliyunServiceRoleForCEN
certificate.vpn.aliyuncs.com AliyunServiceRoleForVPNCertificate
clickhouse.aliyuncs.com AliyunServiceRoleForClickHouse
clone.alb.aliyuncs.com AliyunServiceRoleForALbClone
cloudmonitor.aliyuncs.com AliyunServiceRoleForCloudMonitor
cloudpush.aliyuncs.com AliyunServiceRoleForCloudPush
cloudsso.aliyuncs.com AliyunServiceRoleForCloudSSO
collector.elasticsearch.aliyuncs.com AliyunServiceRoleForElasticsearchCollector
config.aliyuncs.com AliyunServiceRoleForConfig
connect-customer-vpc.cr.aliyuncs.com AliyunServiceRoleForContainerRegistryConnectCustomerVPC
connect-vpc.eventbridge.aliyuncs.com AliyunServiceRoleForEventBridgeConnectVPC
connector.alikafka.aliyuncs.com AliyunServiceRoleForAlikafkaConnector
connectuservpc.apigateway.aliyuncs.com AliyunServiceRoleForApiGatewayConnectUserVpc
csb.aliyuncs.com AliyunServiceRoleForCSB
csgbackup.hbr.aliyuncs.com AliyunServiceRoleForHbrCsgBackup
datadelivery.ots.aliyuncs.com AliyunServiceRoleForOTSDataDelivery
datahub.aliyuncs.com AliyunServiceRoleForDataHub
datamap.dataworks.aliyuncs.com AliyunServiceRoleForDataworksDataMap
datasource-es.datav.aliyuncs.com AliyunServiceRoleForDataVDataSourceES
dataworks.aliyuncs.com AliyunServiceRoleForDataWorks
dbaudit.aliyuncs.com AliyunServiceRoleForDbaudit
dbfs.aliyuncs.com AliyunServiceRoleForDbfs
dbs.aliyuncs.com AliyunServiceRoleForDBS
ddos.ga.aliyuncs.com AliyunServiceRoleForGaAntiDdos
ddosbgp.aliyuncs.com AliyunServiceRoleForDDoSBgp
di.dataworks.aliyuncs.com AliyunServiceRoleForDataWorksDI
dingtalk.computenest.aliyuncs.com AliyunServiceRoleForComputeNestDingTalk
diskencrypt.ens.aliyuncs.com AliyunServiceRoleForEnsDiskEncrypt
dlf.dataworks.aliyuncs.com AliyunServiceRoleForDataWorksAccessDLF
dms.aliyuncs.com AliyunServiceRoleForDMS
dr.hbr.aliyuncs.com AliyunServiceRoleForHbrDr
dwconnection.datahub.aliyuncs.com AliyunServiceRoleForDataHubDWConnection
eb-putevents.apigateway.aliyuncs.com AliyunServiceRoleForApigatewayPutEventsToEventBridge
ebs.aliyuncs.com AliyunServiceRoleForEBS
ecsbackup.hbr.aliyuncs.com AliyunServiceRoleForHbrEcsBackup
ehpc.aliyuncs.com AliyunServiceRoleForEHPC
eipaccess.slb.aliyuncs.com AliyunServiceRoleForSlbEipAccess
emr.dataworks.aliyuncs.com AliyunServiceRoleForDataworksOnEmr
encryption.hitsdb.aliyuncs.com AliyunServiceRoleForTSDBLindormEncryption
engine.dataworks.aliyuncs.com AliyunServiceRoleForDataworksEngine
ens.aliyuncs.com AliyunServiceRoleForENS
ensforesk.ens.aliyuncs.com AliyunServiceRoleForENSNetworkResourceManager
ensforfdn.ens.aliyuncs.com AliyunServiceRoleForENSResourceManager
ess.aliyuncs.com AliyunServiceRoleForAutoScaling
etl.alikafka.aliyuncs.com AliyunServiceRoleForAlikafkaETL
executiondelivery.oos.aliyuncs.com AliyunServiceRoleForOOSExecutionDelivery
ga.alb.aliyuncs.com AliyunServiceRoleForAlbGa
gad.rds.aliyuncs.com AliyunServiceRoleForRDSGAD
gdb.aliyuncs.com AliyunServiceRoleForGDB
gtm.aliyuncs.com AliyunServiceRoleForGTM
gws.aliyuncs.com AliyunServiceRoleForGws
hcs-sgw.aliyuncs.com AliyunServiceRoleForHCSSGW
hdm.aliyuncs.com AliyunServiceRoleForDAS
hdr.aliyuncs.com AliyunServiceRoleForHdr
hitsdb.aliyuncs.com AliyunServiceRoleForTSDB
httpdns.aliyuncs.com AliyunServiceRoleForHttpdns
imagebuilder.ecs.aliyuncs.com AliyunServiceRoleForECSImageBuilder
imp.aliyuncs.com AliyunServiceRolePolicyForImp
instanceencryption.alikafka.aliyuncs.com AliyunServiceRoleForAlikafkaInstanceEncryption
instancescheduler.oos.aliyuncs.com AliyunServiceRoleForOOSInstanceScheduler
logdelivery.alb.aliyuncs.com AliyunServiceRoleForAlbLogDelivery
logdelivery.amqp.aliyuncs.com AliyunServiceRoleForAmqpLogDelivery
logdelivery.cdn.aliyuncs.com AliyunServiceRoleForCDNLogDelivery
logdelivery.dcdn.aliyuncs.com AliyunServiceRoleForDCDNLogDelivery
logdelivery.slb.aliyuncs.com AliyunServiceRoleForSlbLogDelivery
logmonitor.hcs-sgw.aliyuncs.com AliyunServiceRoleForHCSSGWLogMonitor
microservice-integration.apigateway.aliyuncs.com AliyunServiceRoleForApiGatewayIntegrateWithMicroservices
migration-assessment.oceanbase.aliyuncs.com AliyunServiceRoleForOceanbaseMigrationAssessment
monitor.apigateway.aliyuncs.com AliyunServiceRoleForApiGatewayMonitoring
monitor.cas.aliyuncs.com AliyunServiceRoleForCasMonitor
monitoring.amqp.aliyuncs.com AliyunServiceRoleForAmqpMonitoring
mpserverless.aliyuncs.com AliyunServiceRoleForMPServerless
mse.aliyuncs.com AliyunServiceRoleForMSE
multiaccount.dcdn.aliyuncs.com AliyunServiceRoleForDCDNMultiAccount
multisite-ha.ons.aliyuncs.com AliyunServiceRoleForOnsMultisiteHA
mybase-proprietary.rds.aliyuncs.com AliyunServiceRoleForRdsMyBaseProprietary
nasbackup.hbr.aliyuncs.com AliyunServiceRoleForHbrNasBackup
nat.aliyuncs.com AliyunServiceRoleForNatgw
network-insights.ecs.aliyuncs.com AliyunServiceRoleForECSNetworkInsights
ons.aliyuncs.com AliyunServiceRoleForOns
openanalytics.aliyuncs.com AliyunServiceRoleForOpenAnalytics
openplatform.dataworks.aliyuncs.com AliyunServiceRoleForDataWorksOpenPlatform
opensearch.aliyuncs.com AliyunServiceRoleForOpenSearch
ops.elasticsearch.aliyuncs.com AliyunServiceRoleForElasticsearchOps
ossbackup.hbr.aliyuncs.com AliyunServiceRoleForHbrOssBackup
pgsql-onecs.rds.aliyuncs.com AliyunServiceRoleForRdsPgsqlOnEcs
polardb.aliyuncs.com AliyunServiceRoleForPolarDB
privatelink.aliyuncs.com AliyunServiceRoleForPrivatelink
pts.aliyuncs.com AliyunServiceRoleForPts
pvtz.aliyuncs.com AliyunServiceRoleForPvtz
r-kvstore.aliyuncs.com AliyunServiceRoleForKvstore
rds-ecs-service.rds.aliyuncs.com AliyunServiceRoleForRds
rdsproxy-onecs.rds.aliyuncs.com AliyunServiceRoleForRDSProxyOnEcs
realtimelogdelivery.dcdn.aliyuncs.com AliyunServiceRoleForDCDNRealTimeLogDelivery
remediation.config.aliyuncs.com AliyunServiceRoleForConfigRemediation
resource-clean.ecs.aliyuncs.com AliyunServiceRoleForECSResourceClean
resourcegroup.resourcemanager.aliyuncs.com AliyunServiceRoleForResourceGroup
resourcemanager.aliyuncs.com AliyunServiceRoleForResourceDirectory
resourcepacket.chatbot.aliyuncs.com AliyunServiceRoleForBeeBotResourcePacket
rmc.resourcemanager.aliyuncs.com AliyunServiceRoleForResourceMetaCenter
rmq.aliyuncs.com AliyunServiceRoleForRMQ
sae.aliyuncs.com AliyunServiceRoleForSAE
sddp.aliyuncs.com AliyunServiceRoleForSDDP
searchengine.aliyuncs.com AliyunServiceRoleForSearchEngine
secretsmanager-rds.kms.aliyuncs.com AliyunServiceRoleForKMSSecretsManagerForRDS
security.arms.aliyuncs.com AliyunServiceRoleForARMSSecurity
selfservice.ecs.aliyuncs.com AliyunServiceRoleForECSSelfService
sendevent-directmail.eventbridge.aliyuncs.com AliyunServiceRoleForEventBridgeSendToDirectMail
sendevent-fc.eventbridge.aliyuncs.com AliyunServiceRoleForEventBridgeSendToFC
sendevent-mns.eventbridge.aliyuncs.com AliyunServiceRoleForEventBridgeSendToMNS
sendevent-sms.eventbridge.aliyuncs.com AliyunServiceRoleForEventBridgeSendToSMS
servicecatalog.aliyuncs.com AliyunServiceRoleForServiceCatalog
servicemesh.aliyuncs.com AliyunServiceRoleForServiceMesh
smc.aliyuncs.com AliyunServiceRoleForSMC
sms.chatbot.aliyuncs.com AliyunServiceRoleForBeeBotSMS
source-rocketmq.eventbridge.aliyuncs.com AliyunServiceRoleForEventBridgeSourceRocketMQ
stackgroups-admin.ros.aliyuncs.com AliyunServiceRoleForROSStackGroupsRDAdmin
stackgroups-member.ros.aliyuncs.com AliyunServiceRoleForROSStackGroupsRDMember
starrocks.aliyuncs.com AliyunServiceRoleForEMRStarRocks
supplier.computenest.aliyuncs.com AliyunServiceRoleForComputeNestSupplier
systemeventoperator.oos.aliyuncs.com AliyunServiceRoleForOOSSystemEventOperator
tag.aliyuncs.com AliyunServiceRoleForTag
user.computenest.aliyuncs.com AliyunServiceRoleForComputeNestUser
vpcendpoint.ga.aliyuncs.com AliyunServiceRoleForGaVpcEndpoint
vpn.aliyuncs.com AliyunServiceRoleForVpn
workbench.ecs.aliyuncs.com AliyunServiceRoleForECSWorkbench
xtrace.aliyuncs.com AliyunServiceRoleForXtrace
"""

# The policies that are known. Source: Container Registry's and PrivateZone's pages on their service-linked roles.
_DOCUMENTS: dict[str, list[dict[str, Any]]] = {
    "connect-customer-vpc.cr.aliyuncs.com": [
        {
            "Action": [
                "ecs:CreateNetworkInterfacePermission",
                "ecs:DeleteNetworkInterfacePermission",
                "ecs:CreateNetworkInterface",
                "ecs:DescribeNetworkInterfaces",
                "ecs:DescribeSecurityGroups",
            ],
            "Resource": "*",
            "Effect": "Allow",
        },
        {
            "Action": ["vpc:DescribeVSwitches", "vpc:DescribeVpcs"],
            "Resource": "*",
            "Effect": "Allow",
        },
    ],
    "access-customer-privatezone.cr.aliyuncs.com": [
        {
            "Action": [
                "pvtz:AddZone",
                "pvtz:DeleteZone",
                "pvtz:BindZoneVpc",
                "pvtz:UpdateZoneRemark",
                "pvtz:SetProxyPattern",
                "pvtz:DescribeRegions",
                "pvtz:DescribeZoneInfo",
                "pvtz:DescribeZones",
                "pvtz:AddZoneRecord",
                "pvtz:DeleteZoneRecord",
                "pvtz:UpdateRecordRemark",
                "pvtz:DescribeZoneRecords",
            ],
            "Resource": "*",
            "Effect": "Allow",
        },
    ],
}

# Descriptions that do not follow the common wording.
_DESCRIPTIONS = {"config.aliyuncs.com": "Service role of Config"}


def services() -> list[Service]:
    """Whether a service allows several roles is unknown for all of them; taken to be false.

    A seed's services can say otherwise for services of its own.
    """
    return [_service(*line.split()) for line in _ROLES.strip().splitlines()]


def _service(name: str, role: str) -> Service:
    product = role.removeprefix(_PREFIX).removeprefix(_POLICY_PREFIX)
    # unknown: most of the descriptions and of the policies' names; those of Container Registry are known. One known
    # name is cut to 64 characters, so all are.
    description = _DESCRIPTIONS.get(name) or (
        f"Service Linked Role for {product}. {product} will use this role to access your resources in other services."
    )
    return Service(name, role, f"{_POLICY_PREFIX}{product}"[:64], description)


def service_policy(service: Service, document: str = "") -> Policy:
    """The system policy of a service's role."""
    if not document:
        statements = _DOCUMENTS.get(service.name)
        if statements is None:
            # unknown: what the policies of the other services grant. A placeholder that grants next to nothing.
            statements = [{"Action": [f"{service.name.split('.')[-3]}:Describe*"], "Resource": "*", "Effect": "Allow"}]
        document = json.dumps({"Version": "1", "Statement": statements}, separators=(",", ":"))
    return system_policy(service.system_policy_name, f"Policy of {service.role_name_prefix}.", document)


def system_policy(name: str, description: str, document: str) -> Policy:
    policy = Policy("System", name, description, CREATED, CREATED)
    policy.add_version(document, CREATED)
    return policy
